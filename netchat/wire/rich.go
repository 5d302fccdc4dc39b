package wire

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// The types of rich frames from a host.
const (
	TypeChallenge   = "challenge"    // prove the device key named in the first frame
	TypeWelcome     = "welcome"      // joined
	TypeEvent       = "event"        // an Event, live or missed
	TypeAck         = "ack"          // a Post had been stored before, under that Seq
	TypeRefused     = "refused"      // a command will never be carried out
	TypePage        = "page"         // Messages as of now
	TypeHits        = "hits"         // Messages that were searched for, newest first
	TypeRosterDelta = "roster_delta" // who came, changed, went
	TypePong        = "pong"         // answers a ping
	// TypeRoster, the whole roster, has the name of the command asking for it.
)

// CommandTypes are the commands that a host of this version takes, as its
// welcome lists them.
func CommandTypes() []string {
	return []string{TypeMessage, TypeHistory, TypeSearch, TypeRoster, TypeRename, TypePing}
}

// A ServerFrame is a frame from a rich host: the fields of all types together,
// each used by the types named.
type ServerFrame struct {
	Type string `json:"type"`

	Nonce  []byte         `json:"nonce,omitempty"`  // challenge
	RoomID netchat.RoomID `json:"room_id,omitzero"` // challenge

	Welcome // welcome

	Roster *Roster `json:"roster,omitempty"` // welcome, roster

	Event *Event `json:"event,omitempty"` // event

	ID     netchat.EventID       `json:"id,omitzero"`     // ack, refused
	Seq    uint64                `json:"seq,omitzero"`    // ack
	Reason netchat.RefusalReason `json:"reason,omitzero"` // refused
	Of     string                `json:"of,omitzero"`     // refused: the type of the command

	Snapshot bool      `json:"snapshot,omitzero"`  // page
	Messages []Message `json:"messages,omitempty"` // page, hits
	More     bool      `json:"more,omitzero"`      // page
	PageEnds           // page

	Delta *RosterDelta `json:"delta,omitempty"` // roster_delta
}

// PageEnds are what a page says of where it ends.
type PageEnds struct {
	Newer bool `json:"newer,omitzero"`
	Lacks bool `json:"lacks,omitzero"` // between the after that was asked for and the first Message
}

// A Welcome is what stands in a welcome alone.
type Welcome struct {
	V         int       `json:"v,omitzero"`
	Room      *Room     `json:"room,omitempty"`
	Self      *Member   `json:"self,omitempty"`
	Types     []string  `json:"types,omitempty"`
	Position  *Position `json:"position,omitempty"` // where the live stream starts
	Recovered bool      `json:"recovered,omitzero"` // the missed Events follow
}

// Room is a netchat.RoomInfo in a frame.
type Room struct {
	ID   netchat.RoomID `json:"id"`
	Name string         `json:"name"`
	Host string         `json:"host"`

	AppOnly bool `json:"app_only,omitzero"`
}

// Member is a netchat.Member in a frame. What the plain dialect has too bears
// its name there.
type Member struct {
	ID       netchat.MemberID `json:"member_id"`
	Label    netchat.Label    `json:"client_id"`
	Name     string           `json:"username"`
	Keyed    bool             `json:"keyed,omitzero"`
	Host     bool             `json:"host,omitzero"`
	Rich     bool             `json:"rich,omitzero"`
	TLS      bool             `json:"tls,omitzero"`
	Presence netchat.Presence `json:"presence"`
}

// Roster is a netchat.Roster in a frame.
type Roster struct {
	Version uint64   `json:"version"`
	Members []Member `json:"members"`
}

// RosterDelta is a netchat.RosterDelta in a frame.
type RosterDelta struct {
	Version uint64             `json:"version"`
	Time    int64              `json:"time"` // Unix milliseconds, as everywhere
	Joined  []Member           `json:"joined,omitempty"`
	Changed []Member           `json:"changed,omitempty"`
	Left    []netchat.MemberID `json:"left,omitempty"`
}

// Event is the envelope of a netchat.Event in a frame. Binary fields are
// base64.
type Event struct {
	Epoch    netchat.Epoch    `json:"epoch"`
	Seq      uint64           `json:"seq"`
	Time     int64            `json:"time"`
	ID       netchat.EventID  `json:"id"`
	Kind     netchat.Kind     `json:"kind"`
	Author   netchat.MemberID `json:"author"`
	Ref      Ref              `json:"ref,omitzero"`
	Audience Audience         `json:"audience"`
	Body     jsontext.Value   `json:"body,omitzero"` // one JSON object, as digested; nil once erased
	Salt     []byte           `json:"salt,omitempty"`
	Digest   []byte           `json:"digest"`
	Chain    []byte           `json:"chain"`
	Sig      []byte           `json:"sig,omitempty"`
}

// Ref is a netchat.Ref in a frame.
type Ref struct {
	Author netchat.MemberID `json:"author"`
	ID     netchat.EventID  `json:"id"`
}

// Message is a netchat.Message in a frame.
type Message struct {
	Epoch    netchat.Epoch    `json:"epoch"`
	Seq      uint64           `json:"seq"`
	Rev      uint64           `json:"rev"`
	Time     int64            `json:"time"`
	ID       netchat.EventID  `json:"id"`
	Kind     netchat.Kind     `json:"kind"`
	Author   netchat.MemberID `json:"author"`
	Name     string           `json:"name"`
	Ref      Ref              `json:"ref,omitzero"`
	Audience Audience         `json:"audience"`
	Text     string           `json:"text"`
	Mark     string           `json:"chain"`
}

// Audience is a netchat.Audience in a frame: "all", "hosts" or a list of ids.
type Audience netchat.Audience

// MarshalJSONTo implements json.MarshalerTo.
func (a Audience) MarshalJSONTo(enc *jsontext.Encoder) error {
	if a.Scope == netchat.ScopeMembers {
		return json.MarshalEncode(enc, a.Members)
	}
	return enc.WriteToken(jsontext.String(string(a.Scope)))
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (a *Audience) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '[' {
		var ids []netchat.MemberID
		if err := json.UnmarshalDecode(dec, &ids); err != nil {
			return err
		}
		*a = Audience(netchat.ToMembers(ids...))
		return nil
	}
	var scope string
	if err := json.UnmarshalDecode(dec, &scope); err != nil {
		return err
	}
	*a = Audience{Scope: netchat.Scope(scope)}
	return nil
}

// EncodeServer writes a frame of a rich host. Bodies stay as they were
// digested: they must be JSON without white space between the tokens.
func EncodeServer(f ServerFrame) ([]byte, error) {
	return json.Marshal(f, jsontext.PreserveRawStrings(true))
}

// EncodeRoster writes a roster as it stands inside other frames.
func EncodeRoster(r netchat.Roster) ([]byte, error) { return json.Marshal(FromRoster(r)) }

// EncodeWelcome writes a welcome with the roster that EncodeRoster made: who
// arrives together shares it.
func EncodeWelcome(w Welcome, roster []byte) ([]byte, error) {
	frame, err := EncodeServer(ServerFrame{Type: TypeWelcome, Welcome: w})
	if err != nil {
		return nil, err
	}
	frame = append(frame[:len(frame)-1], `,"roster":`...) // in front of the closing brace
	return append(append(frame, roster...), '}'), nil
}

// DecodeServer reads a frame from a host whose first frame showed that it is
// rich. Unknown types and keys are left to the caller, who skips them. What is
// over a limit that hosts keep is invalid. Its errors wrap ErrInvalid.
func DecodeServer(frame []byte) (ServerFrame, error) {
	var f ServerFrame
	if err := decode(frame, &f); err != nil {
		return ServerFrame{}, err
	}
	if f.Event != nil && f.Event.Body != nil && f.Event.Body.Kind() != '{' {
		return ServerFrame{}, fmt.Errorf("%w: a body is no object", ErrInvalid)
	}
	if err := f.check(); err != nil {
		return ServerFrame{}, err
	}
	return f, nil
}

// EncodeEvent writes the frame of one Event.
func EncodeEvent(e *netchat.Event) ([]byte, error) {
	w := FromEvent(e)
	return EncodeServer(ServerFrame{Type: TypeEvent, Event: &w})
}

func unixMilli(t time.Time) int64  { return t.UnixMilli() }
func fromMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

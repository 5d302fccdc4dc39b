package wire

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/homeroomchat/homeroom/netchat"
)

// A PlainCommand is what a plain member sent after joining.
type PlainCommand struct {
	Private bool
	To      string // as sent: a client_id or, from the Kotlin client, a name
	Content string
	Void    bool // to be dropped: it has no content, or it names a recipient and is not private
}

// DecodePlain reads a later frame of a plain member. A type other than
// "private", or none, is public; other keys are ignored. What was meant for one
// must never reach all, though, so a frame with a recipient in any spelling of
// "to" is Void unless it is private. Its errors wrap ErrInvalid.
func DecodePlain(frame []byte) (PlainCommand, error) {
	var raw struct {
		Type    text    `json:"type"`
		To      text    `json:"to"`
		OtherTo present `json:"To,case:ignore"`
		Content text    `json:"content"`
	}
	if err := decode(frame, &raw); err != nil {
		return PlainCommand{}, err
	}
	c := PlainCommand{Private: raw.Type.Value == TypePrivate, To: raw.To.Value, Content: raw.Content.Value}
	c.Void = !raw.Content.Set || !c.Private && (raw.To.Set || bool(raw.OtherTo))
	return c, nil
}

// The types of rich commands. A host lists in its welcome those it takes.
const (
	TypeMessage = "message" // post a Message
	TypeHistory = "history" // ask for a Page of older Messages
	TypeSearch  = "search"  // ask for the Messages with a text
	TypeRoster  = "roster"  // ask for the whole roster again
	TypeRename  = "rename"  // be called something else from now on
	TypePing    = "ping"    // ask for a pong: the liveness check of browsers, which have no other
	TypeProof   = "proof"   // answer a challenge; only before the welcome
)

// A Command is what a rich member sent after its first frame: the fields of
// all types together, each used by the types named.
type Command struct {
	Type   string             `json:"type"`
	ID     netchat.EventID    `json:"id,omitzero"`     // message, rename
	To     []netchat.MemberID `json:"to,omitempty"`    // message; nil: everybody; never empty
	Text   string             `json:"text,omitzero"`   // message, search
	Name   string             `json:"name,omitzero"`   // rename
	Before uint64             `json:"before,omitzero"` // history: older than this Seq; without any of the three: the newest
	After  uint64             `json:"after,omitzero"`  // history: newer than this Seq
	Around uint64             `json:"around,omitzero"` // history: this Seq, and those beside it
	N      int                `json:"n,omitzero"`      // history, search: at most so many
	Sig    []byte             `json:"sig,omitempty"`   // proof: over ProofMessage
}

// DecodeCommand reads a later frame of a rich member. Unknown types are left
// to the caller, who answers with a refusal. Its errors wrap ErrInvalid.
func DecodeCommand(frame []byte) (Command, error) {
	var raw struct {
		Command
		OtherTo present `json:"To,case:ignore"`
	}
	if err := decode(frame, &raw); err != nil {
		return Command{}, err
	}
	c := raw.Command
	if c.Type == "" {
		return Command{}, fmt.Errorf("%w: no type", ErrInvalid)
	}
	if c.To != nil && len(c.To) == 0 || bool(raw.OtherTo) {
		return Command{}, fmt.Errorf("%w: to nobody", ErrInvalid) // not to everybody
	}
	return c, nil
}

// EncodeCommand writes a command of a rich client.
func EncodeCommand(c Command) ([]byte, error) { return json.Marshal(c) }

// EncodePlain writes a command of a plain client.
func EncodePlain(c PlainCommand) ([]byte, error) {
	if !c.Private {
		return json.Marshal(struct {
			Type    string `json:"type"`
			Content string `json:"content"`
		}{TypePublic, c.Content})
	}
	return json.Marshal(struct {
		Type    string `json:"type"`
		To      string `json:"to"`
		Content string `json:"content"`
	}{TypePrivate, c.To, c.Content})
}

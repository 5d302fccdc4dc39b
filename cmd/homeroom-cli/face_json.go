package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/internal/jsonline"
	"github.com/homeroomchat/homeroom/netchat"
)

// maxJSONLine bounds a line of input in bytes: the longest text with every
// byte as \u00XX, and the rest of the object.
const maxJSONLine = 6*netchat.MaxText + 16<<10

// maxEcho bounds an invalid id that is given back.
const maxEcho = 128

// jsonTime is RFC 3339 with the host's milliseconds.
const jsonTime = "2006-01-02T15:04:05.000Z07:00"

// A jsonFace is for programs: one object a line, the same in every language.
type jsonFace struct {
	random io.Reader
	out    io.Writer
	lines  splitter
	codes  *codes

	stale bool        // the roster that was written last is not that of the room any more
	next  time.Time   // not before this another one is written
	timer *time.Timer // of next; nil: no large one was written
}

// A roster that is written again at each change can be most of what there is to
// write. One over smallRoster bytes is written so often that it is rosterRate bytes a
// second, at most; the last one follows when its time has come.
const (
	smallRoster = 64 << 10
	rosterRate  = outputRate / 2
)

// write writes one object as one line with one call.
func (f *jsonFace) write(v any) error {
	_, err := f.writeSized(v)
	return err
}

// writeSized is write, and returns how long the line was.
func (f *jsonFace) writeSized(v any) (int, error) {
	line, err := jsonline.Encode(v)
	if err != nil {
		return 0, err
	}
	if _, err := f.out.Write(line); err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return len(line), nil
}

// The objects that are written.
type (
	jsonMessage struct {
		Type       string          `json:"type"`
		From       netchat.Label   `json:"from"`
		To         netchat.Label   `json:"to,omitempty"`
		SenderName string          `json:"sender_name"`
		Content    string          `json:"content"`
		Timestamp  string          `json:"timestamp,omitempty"`
		ID         netchat.EventID `json:"id,omitempty"`
		Seq        uint64          `json:"seq,omitempty"`
	}
	jsonGap struct {
		Type   string    `json:"type"`
		After  jsonPlace `json:"after"`  // the last place before it
		Before jsonPlace `json:"before"` // the first one behind it
	}
	jsonPlace struct {
		Epoch netchat.Epoch `json:"epoch"`
		Seq   uint64        `json:"seq"` // 0: there is none yet
	}
	jsonAck struct {
		Type string          `json:"type"`
		ID   netchat.EventID `json:"id"`
		Seq  uint64          `json:"seq"`
	}
	jsonWaiting struct {
		Type string            `json:"type"`
		IDs  []netchat.EventID `json:"ids"`
	}
	jsonAside struct {
		Type string `json:"type"`
		Path string `json:"path"`
	}
	jsonKept struct {
		Type string `json:"type"`
	}
	jsonNotKept struct {
		Type  string `json:"type"`
		Error string `json:"error"`
	}
	jsonRefused struct {
		Type   string                `json:"type"`
		ID     string                `json:"id,omitempty"`
		Reason netchat.RefusalReason `json:"reason"`
		Error  string                `json:"error,omitempty"`
	}
	jsonNotRenamed struct {
		Type   string                `json:"type"`
		Of     string                `json:"of"`
		Name   string                `json:"name"`
		Reason netchat.RefusalReason `json:"reason"`
	}
	jsonState struct {
		Type   string        `json:"type"`
		State  netchat.State `json:"state"`
		Reason string        `json:"reason"`
		Error  string        `json:"error,omitempty"`
	}
	jsonOnline struct {
		jsonState
		TLS   bool             `json:"tls"`
		Trust netchat.Trust    `json:"trust"`
		Code  netchat.RoomCode `json:"code,omitempty"` // of the key that was proved
	}
	jsonRoster struct {
		Type    string       `json:"type"`
		Version uint64       `json:"version"`
		Members []jsonMember `json:"members"`
	}
	jsonMember struct {
		ID       netchat.Label    `json:"id"`
		MemberID netchat.MemberID `json:"member_id"`
		Name     string           `json:"name"`
		Self     bool             `json:"self"`
		Presence netchat.Presence `json:"presence"`
		Host     bool             `json:"host"`
		Rich     bool             `json:"rich"`
		TLS      bool             `json:"tls"`
	}
)

func (f *jsonFace) message(m *mirror, msg netchat.Message) error {
	out := jsonMessage{
		Type: "public", From: m.label(msg.Author), SenderName: msg.Name, Content: msg.Text,
		Timestamp: timestamp(msg.Time),
	}
	if msg.Audience.Private() {
		out.Type, out.To = "private", m.label(m.recipient(msg.Audience))
	}
	if m.rich { // a plain server's messages have neither; the client's own numbers mean nothing to others
		out.ID, out.Seq = msg.ID, msg.Seq
	}
	return f.write(out)
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(jsonTime)
}

func (f *jsonFace) update(m *mirror, u netchat.Update) error {
	switch u := u.(type) {
	case *netchat.Welcome:
		f.stale, f.next = true, time.Time{}
		return errors.Join(f.online(u.Security), f.catchUp(m))
	case *netchat.Roster, *netchat.RosterDelta:
		f.stale = true
		return f.catchUp(m)
	case *netchat.SystemLine:
		return f.write(jsonMessage{Type: "system", Content: systemText(u), Timestamp: timestamp(u.Time)})
	case *netchat.Gap:
		return f.write(jsonGap{"gap", jsonPlace{u.After.Epoch, u.After.Seq}, jsonPlace{u.Before.Epoch, u.Before.Seq}})
	case *netchat.Acked:
		return f.write(jsonAck{"ack", u.ID, u.Seq})
	case *netchat.Refused:
		return f.write(jsonRefused{Type: "refused", ID: string(u.ID), Reason: u.Reason})
	case *netchat.Waiting:
		waiting := jsonWaiting{Type: "waiting"}
		for _, p := range u.Posts {
			waiting.IDs = append(waiting.IDs, p.ID)
		}
		return f.write(waiting)
	case *netchat.KeptAside:
		return f.write(jsonAside{"kept_aside", u.Path})
	case *netchat.NotKept:
		if u.Err == nil {
			return f.write(jsonKept{"kept"})
		}
		return f.write(jsonNotKept{"not_kept", u.Err.Error()})
	case *netchat.RenameRefused:
		return f.write(jsonNotRenamed{"refused", "rename", u.Name, u.Reason})
	case *netchat.StateChange:
		if u.State == netchat.StateOnline {
			return nil // the Welcome says so
		}
		return f.state(u.State, u.Err)
	}
	return nil
}

// systemText is what a plain client would show.
func systemText(line *netchat.SystemLine) string {
	switch {
	case line.Text != "":
		return line.Text
	case line.What == netchat.SystemJoined:
		return catalogs[chinese].of(chatCame, line.Name)
	case line.What == netchat.SystemLeft:
		return catalogs[chinese].of(chatLeft, line.Name)
	}
	return ""
}

func (f *jsonFace) state(s netchat.State, err error) error {
	out := jsonState{Type: "state", State: s, Reason: reasonCode(err)}
	if err != nil {
		out.Error = err.Error()
	}
	return f.write(out)
}

func (f *jsonFace) online(s netchat.Security) error {
	return f.write(jsonOnline{jsonState{Type: "state", State: netchat.StateOnline}, s.TLS, s.Trust, f.codes.of(s)})
}

// due implements face.
func (f *jsonFace) due() <-chan time.Time {
	if !f.stale || f.timer == nil {
		return nil
	}
	return f.timer.C
}

// catchUp implements face.
func (f *jsonFace) catchUp(m *mirror) error {
	now := time.Now()
	if !f.stale || now.Before(f.next) {
		return nil
	}
	f.stale = false
	size, err := f.roster(m)
	if size > smallRoster {
		pause := time.Duration(size) * time.Second / rosterRate
		f.next, f.timer = now.Add(pause), time.NewTimer(pause)
	}
	return err
}

func (f *jsonFace) roster(m *mirror) (size int, err error) {
	out := jsonRoster{Type: "roster", Version: m.roster.Version, Members: make([]jsonMember, 0, len(m.roster.Members))}
	for _, member := range m.roster.Members {
		out.Members = append(out.Members, jsonMember{
			ID: member.Label, MemberID: member.ID, Name: member.Name, Self: member.ID == m.self.ID,
			Presence: member.Presence, Host: member.Host, Rich: member.Rich, TLS: member.TLS,
		})
	}
	return f.writeSized(out)
}

func (f *jsonFace) split(data []byte, ended bool) ([]typed, error) {
	if ended {
		return f.lines.end(), nil
	}
	return f.lines.feed(data), nil
}

// read understands one line of input. Nothing in a bad one ends the session.
func (f *jsonFace) read(m *mirror, t typed) (intent, error) {
	if t.tooLong {
		return f.refuse("", netchat.RefusedInvalid, fmt.Sprintf("the line is over %d bytes", maxJSONLine))
	}
	if strings.TrimSpace(t.line) == "" {
		return intent{}, nil
	}
	in, err := decodeInput(t.line)
	if err != nil {
		return f.refuse(in.id(), netchat.RefusedInvalid, err.Error())
	}
	if in.Type == "rename" {
		return intent{rename: *in.Name}, nil
	}
	post := netchat.Post{ID: netchat.EventID(in.id()), Text: *in.Content}
	if in.ID == nil {
		if post.ID, err = netchat.RandomEventID(f.random); err != nil {
			return intent{}, err
		}
	}
	if in.Type == "private" {
		to, err := recipientOf(m, *in.To)
		switch {
		case errors.Is(err, netchat.ErrNotFound):
			return f.refuse(string(post.ID), netchat.RefusedNoRecipient, err.Error())
		case err != nil:
			return f.refuse(string(post.ID), netchat.RefusedInvalid, err.Error())
		}
		post.To = []netchat.MemberID{to}
	}
	return intent{post: &post}, nil
}

func (f *jsonFace) refuse(id string, reason netchat.RefusalReason, why string) (intent, error) {
	return intent{failed: true}, f.write(jsonRefused{"refused", id, reason, why})
}

// A jsonInput is one line of input.
type jsonInput struct {
	Type    string         `json:"type"`
	To      *string        `json:"to"`
	OtherTo jsontext.Value `json:"To,case:ignore"` // a recipient that would be overlooked
	Content *string        `json:"content"`
	ID      *string        `json:"id"`
	Name    *string        `json:"name"`
}

// id returns the id that the line gives, even a bad one, for the refusal.
func (in jsonInput) id() string {
	if in.ID == nil || len(*in.ID) > maxEcho {
		return ""
	}
	return *in.ID
}

// decodeInput reads and checks one line. Keys that it does not know are
// ignored.
func decodeInput(line string) (jsonInput, error) {
	var in jsonInput
	if kind := jsontext.Value(strings.TrimSpace(line)).Kind(); kind != '{' {
		return in, errors.New("no JSON object")
	}
	if err := json.Unmarshal([]byte(line), &in); err != nil {
		return in, fmt.Errorf("no such JSON object: %w", err)
	}
	switch {
	case in.Type == "rename":
		return in, checkRename(in)
	case in.Type != "public" && in.Type != "private":
		return in, errors.New(`type is neither "public" nor "private" nor "rename"`)
	case in.Content == nil:
		return in, errors.New("content is missing")
	case in.ID != nil && !netchat.EventID(*in.ID).Valid():
		return in, errors.New("id is not 32 lower-case hex digits")
	case in.OtherTo != nil:
		return in, errors.New("the recipient's key is to, in lower case")
	case in.Type == "private" && in.To == nil:
		return in, errors.New("to is missing")
	case in.Type == "public" && in.To != nil:
		return in, errors.New("what has a recipient is private")
	}
	return in, nil
}

func checkRename(in jsonInput) error {
	switch {
	case in.Name == nil:
		return errors.New("name is missing")
	case !goodName(*in.Name, netchat.MaxName):
		return fmt.Errorf("name is blank or over %d bytes", netchat.MaxName)
	}
	return nil
}

// recipientOf resolves "to": a client_id, a member_id, or a name that is unique
// here. A member_id is taken as it is, also of somebody who left, because what
// was sent before may be sent again to learn what became of it.
func recipientOf(m *mirror, to string) (netchat.MemberID, error) {
	if member, ok := m.byID(to); ok {
		return member.ID, nil
	}
	if id := netchat.MemberID(to); id.Valid() {
		return id, nil
	}
	switch found := m.named(to); len(found) {
	case 0:
		return "", fmt.Errorf("to: %w", netchat.ErrNotFound)
	case 1:
		return found[0].ID, nil
	default:
		return "", fmt.Errorf("to: %w: %s", netchat.ErrNotUnique, labels(found))
	}
}

func (f *jsonFace) sent(_ *mirror, p netchat.Post, err error, _ int) error {
	switch {
	case err == nil:
		return nil
	case isTooLong(err):
		return f.write(jsonRefused{"refused", string(p.ID), netchat.RefusedTooLong, err.Error()})
	}
	return f.write(jsonRefused{"refused", string(p.ID), netchat.RefusedInvalid, err.Error()})
}

func isTooLong(err error) bool { return errors.Is(err, netchat.ErrTooLong) }

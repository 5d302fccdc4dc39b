package wire

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// update writes the golden frames anew: only for frames of no release yet.
var update = flag.Bool("update", false, "write testdata/v1 anew")

// goldenEvent is an Event with every field set.
func goldenEvent() *netchat.Event {
	e := &netchat.Event{
		Epoch: "1-00112233445566ff", Seq: 42, Time: time.UnixMilli(1763870400123).UTC(),
		ID: "0123456789abcdef0123456789abcdef", Kind: netchat.KindMessage, Author: "ffeeddccbbaa99887766554433221100",
		Ref:      netchat.Ref{Author: "00112233445566778899aabbccddeeff", ID: "fedcba9876543210fedcba9876543210"},
		Audience: netchat.ToMembers("00112233445566778899aabbccddeeff"),
		Body:     []byte(`{"name":"张飞","text":"<b>\u0000 & \u2028"}`), Salt: bytes.Repeat([]byte{7}, netchat.SaltSize),
	}
	e.Digest = netchat.DigestOf(e.Salt, e.Body)
	e.Chain = e.ChainAfter([]byte("before"))
	return e
}

// variant is another Event, with a digest and chain of its own.
func variant(change func(*netchat.Event)) *netchat.Event {
	e := goldenEvent()
	change(e)
	if len(e.Body) > 0 {
		e.Digest = netchat.DigestOf(e.Salt, e.Body)
	}
	e.Chain = e.ChainAfter([]byte("before"))
	return e
}

// golden are the frames of version 1, by the name of their file.
func golden(t testing.TB) map[string][]byte {
	t.Helper()
	must := func(frame []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return frame
	}
	at := time.Date(2026, 11, 23, 5, 6, 7, 0, time.Local)
	host := netchat.Member{ID: "00112233445566778899aabbccddeeff", Label: "00112233", Name: "诸葛亮", Keyed: true, Host: true, Rich: true, Presence: netchat.Present}
	guest := netchat.Member{ID: "ffeeddccbbaa99887766554433221100", Label: "ffeeddcc", Name: "a\"\\\n😀", Presence: netchat.Reconnecting}
	roster := netchat.Roster{Version: 3, Members: []netchat.Member{host, guest}}
	event := goldenEvent()
	said, _ := netchat.MessageOf(event)
	self, inFrame := FromMember(host), FromEvent(event)
	position := Position{Epoch: event.Epoch, Seq: event.Seq, Mark: netchat.MarkOf(event.Chain)}
	return map[string][]byte{
		"plain-user_list": EncodeUserList(roster.Members),
		"plain-system":    EncodeSystem(SystemJoined("张飞"), at),
		"plain-public":    EncodePublic("ffeeddcc", "张飞", "今天\x00\u2028\t", at),
		"plain-private":   EncodePrivate("ffeeddcc", "00112233", "张飞", "", at),
		"client-hello": must(EncodeHello("张飞", RichHello{
			V: 1, Key: bytes.Repeat([]byte{9}, 32), Resume: &position,
		})),
		"client-plain-public":   must(EncodePlain(PlainCommand{Content: "hi"})),
		"client-plain-private":  must(EncodePlain(PlainCommand{Private: true, To: "00112233", Content: "hi"})),
		"client-proof":          must(EncodeCommand(Command{Type: TypeProof, Sig: bytes.Repeat([]byte{1}, 64)})),
		"client-message":        must(EncodeCommand(Command{Type: TypeMessage, ID: event.ID, Text: "hi", To: []netchat.MemberID{host.ID}})),
		"client-history":        must(EncodeCommand(Command{Type: TypeHistory, Before: 7, N: 50})),
		"client-history-after":  must(EncodeCommand(Command{Type: TypeHistory, After: 7, N: 50})),
		"client-history-around": must(EncodeCommand(Command{Type: TypeHistory, Around: 7, N: 50})),
		"host-page-newer":       must(EncodeServer(ServerFrame{Type: TypePage, PageEnds: PageEnds{Newer: true}, More: true, Messages: FromMessages([]netchat.Message{said})})),
		"client-search":         must(EncodeCommand(Command{Type: TypeSearch, Text: "作业", N: 50})),
		"client-roster":         must(EncodeCommand(Command{Type: TypeRoster})),
		"client-rename":         must(EncodeCommand(Command{Type: TypeRename, ID: event.ID, Name: "张翼德 \"\u2028"})),
		"client-ping":           must(EncodeCommand(Command{Type: TypePing})),
		"host-challenge":        must(EncodeServer(ServerFrame{Type: TypeChallenge, Nonce: bytes.Repeat([]byte{2}, NonceSize), RoomID: "00112233445566778899aabbccddeeff"})),
		"host-welcome": must(EncodeWelcome(Welcome{
			V: 1, Room: &Room{ID: "00112233445566778899aabbccddeeff", Name: "教室 3.5", Host: "诸葛亮"},
			Self: &self, Types: []string{TypeMessage, TypeHistory, TypeRoster, TypePing}, Position: &position, Recovered: true,
		}, must(EncodeRoster(roster)))),
		"host-welcome-rename": must(EncodeWelcome(Welcome{
			V: 1, Room: &Room{ID: "00112233445566778899aabbccddeeff", Name: "教室 3.5", Host: "诸葛亮"},
			Self: &self, Types: []string{TypeMessage, TypeHistory, TypeRoster, TypeRename, TypePing}, Position: &position,
		}, must(EncodeRoster(roster)))),
		"host-welcome-search": must(EncodeWelcome(Welcome{
			V: 1, Room: &Room{ID: "00112233445566778899aabbccddeeff", Name: "教室 3.5", Host: "诸葛亮"},
			Self: &self, Types: CommandTypes(), Position: &position,
		}, must(EncodeRoster(roster)))),
		"host-event":            must(EncodeServer(ServerFrame{Type: TypeEvent, Event: &inFrame})),
		"host-event-public":     must(EncodeEvent(variant(func(e *netchat.Event) { e.Audience, e.Ref = netchat.ToAll(), netchat.Ref{} }))),
		"host-event-hosts":      must(EncodeEvent(variant(func(e *netchat.Event) { e.Audience = netchat.Audience{Scope: netchat.ScopeHosts} }))),
		"host-event-erased":     must(EncodeEvent(variant(func(e *netchat.Event) { e.Body, e.Salt = nil, nil }))),
		"host-event-unknown":    must(EncodeEvent(variant(func(e *netchat.Event) { e.Kind, e.Body = "hand", []byte(`{}`) }))),
		"host-event-signed":     must(EncodeEvent(variant(func(e *netchat.Event) { e.Sig = bytes.Repeat([]byte{3}, 64) }))),
		"host-page-empty":       must(EncodeServer(ServerFrame{Type: TypePage})),
		"client-hello-keyless":  must(EncodeHello("", RichHello{V: 1})),
		"client-message-public": must(EncodeCommand(Command{Type: TypeMessage, ID: event.ID, Text: "今天\x00\u2028\t"})),
		"plain-user_list-empty": EncodeUserList(nil),
		"host-hits":             must(EncodeServer(ServerFrame{Type: TypeHits, Messages: FromMessages([]netchat.Message{said})})),
		"host-ack":              must(EncodeServer(ServerFrame{Type: TypeAck, ID: event.ID, Seq: 42})),
		"host-refused":          must(EncodeServer(ServerFrame{Type: TypeRefused, Of: TypeMessage, ID: event.ID, Reason: netchat.RefusedTooLong})),
		"host-refused-rename":   must(EncodeServer(ServerFrame{Type: TypeRefused, Of: TypeRename, ID: event.ID, Reason: netchat.RefusedInvalid})),
		"host-page":             must(EncodeServer(ServerFrame{Type: TypePage, Snapshot: true, More: true, Messages: FromMessages([]netchat.Message{said})})),
		"host-roster":           must(EncodeServer(ServerFrame{Type: TypeRoster, Roster: FromRoster(roster)})),
		"host-roster_delta":     must(EncodeServer(ServerFrame{Type: TypeRosterDelta, Delta: FromDelta(&netchat.RosterDelta{Version: 4, Time: event.Time, Joined: []netchat.Member{host}, Changed: []netchat.Member{guest}, Left: []netchat.MemberID{guest.ID}})})),
		"host-pong":             must(EncodeServer(ServerFrame{Type: TypePong})),
	}
}

// TestGoldenFrames keeps what is on the wire: hosts and clients of different
// versions meet.
func TestGoldenFrames(t *testing.T) {
	for name, frame := range golden(t) {
		file := filepath.Join("testdata", "v1", name+".json")
		if *update {
			if err := os.WriteFile(file, append(frame, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(frame) + "\n"; got != string(want) {
			t.Errorf("%s is written as\n%s, want\n%s", name, got, want)
		}
	}
}

// TestGoldenFramesAreRead reads every file of every version for ever, and
// writes what it read: nothing in them may be lost.
func TestGoldenFramesAreRead(t *testing.T) {
	for name, frame := range goldenFiles(t) {
		read, err := readGolden(name, frame)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := writeGolden(read)
		if err != nil || !bytes.Equal(again, frame) {
			t.Errorf("%s reads as\n%s: %v", name, again, err)
		}
	}
}

// goldenFiles are the frames in testdata, by "v1/name".
func goldenFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "v*", "*.json"))
	if err != nil || len(files) < len(golden(t)) {
		t.Fatalf("%d golden frames: %v", len(files), err)
	}
	frames := make(map[string][]byte, len(files))
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		frames[filepath.Base(filepath.Dir(file))+"/"+name] = bytes.TrimSpace(frame)
	}
	return frames
}

// readGolden decodes the frame of a golden file as whom it is for does.
func readGolden(name string, frame []byte) (any, error) {
	switch _, name, _ = strings.Cut(name, "/"); {
	case strings.HasPrefix(name, "client-hello"):
		return pass(DecodeHello(frame))
	case strings.HasPrefix(name, "client-plain-"):
		return pass(DecodePlain(frame))
	case strings.HasPrefix(name, "client-"):
		return pass(DecodeCommand(frame))
	case strings.HasPrefix(name, "host-"):
		return pass(DecodeServer(frame))
	}
	return pass(DecodePlainFrame(frame))
}

func pass[T any](v T, err error) (any, error) { return v, err }

// writeGolden encodes what readGolden returned.
func writeGolden(read any) ([]byte, error) {
	switch f := read.(type) {
	case Hello:
		return EncodeHello(f.Name, *f.Rich)
	case PlainCommand:
		return EncodePlain(f)
	case Command:
		return EncodeCommand(f)
	case ServerFrame:
		return EncodeServer(f)
	case PlainFrame:
		return writePlain(f), nil
	}
	return nil, errors.New("no such frame")
}

// writePlain writes a frame of a plain host as our host would.
func writePlain(f PlainFrame) []byte {
	switch f.Type {
	case TypeUserList:
		members := make([]netchat.Member, len(f.Users))
		for i, u := range f.Users {
			members[i] = netchat.Member{Label: u.Label, Name: u.Name}
		}
		return EncodeUserList(members)
	case TypeSystem:
		return EncodeSystem(f.Content, f.Time)
	case TypePrivate:
		return EncodePrivate(netchat.Label(f.From), netchat.Label(f.To), f.SenderName, f.Content, f.Time)
	}
	return EncodePublic(netchat.Label(f.From), f.SenderName, f.Content, f.Time)
}

// TestEventSurvivesTheWire checks that whoever gets an Event can verify it.
func TestEventSurvivesTheWire(t *testing.T) {
	for _, body := range []string{
		`{"name":"张飞","text":"<b>\u0000 & \u2028"}`, `{}`, `{"\u0061":"\/\u003c\ud83d\ude00","b":1.0,"c":-0,"d":1e+2,"e":[{},[],null,12345678901234567890]}`,
	} {
		e := variant(func(e *netchat.Event) { e.Body = []byte(body) })
		frame, err := EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		f, err := DecodeServer(frame)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Event.Noun()
		if !bytes.Equal(netchat.DigestOf(got.Salt, got.Body), e.Digest) {
			t.Errorf("the body %s came as %s", e.Body, got.Body)
		}
		if !bytes.Equal(got.ChainAfter([]byte("before")), e.Chain) {
			t.Errorf("the metadata came as %+v", got)
		}
	}
	for _, erased := range [][]byte{nil, {}} {
		e := variant(func(e *netchat.Event) { e.Body, e.Salt = erased, erased })
		frame, err := EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		f, err := DecodeServer(frame)
		if err != nil || len(f.Event.Body) != 0 || !bytes.Equal(f.Event.Noun().ChainAfter([]byte("before")), e.Chain) {
			t.Errorf("%s: %v", frame, err)
		}
	}
	if frame, err := EncodeEvent(variant(func(e *netchat.Event) { e.Body = []byte(`{"a":1`) })); err == nil {
		t.Errorf("a torn body is sent: %s", frame)
	}
}

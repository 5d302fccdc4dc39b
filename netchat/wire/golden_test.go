package wire

import (
	"bytes"
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

// golden are the frames of version 1, by the name of their file.
func golden(t *testing.T) map[string][]byte {
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
		"client-plain-public":  must(EncodePlain(PlainCommand{Content: "hi"})),
		"client-plain-private": must(EncodePlain(PlainCommand{Private: true, To: "00112233", Content: "hi"})),
		"client-proof":         must(EncodeCommand(Command{Type: TypeProof, Sig: bytes.Repeat([]byte{1}, 64)})),
		"client-message":       must(EncodeCommand(Command{Type: TypeMessage, ID: event.ID, Text: "hi", To: []netchat.MemberID{host.ID}})),
		"client-history":       must(EncodeCommand(Command{Type: TypeHistory, Before: 7, N: 50})),
		"client-roster":        must(EncodeCommand(Command{Type: TypeRoster})),
		"client-ping":          must(EncodeCommand(Command{Type: TypePing})),
		"host-challenge":       must(EncodeServer(ServerFrame{Type: TypeChallenge, Nonce: bytes.Repeat([]byte{2}, NonceSize), RoomID: "00112233445566778899aabbccddeeff"})),
		"host-welcome": must(EncodeWelcome(Welcome{
			V: 1, Room: &Room{ID: "00112233445566778899aabbccddeeff", Name: "教室 3.5", Host: "诸葛亮"},
			Self: &self, Types: CommandTypes(), Position: &position, Recovered: true,
		}, must(EncodeRoster(roster)))),
		"host-event":        must(EncodeServer(ServerFrame{Type: TypeEvent, Event: &inFrame})),
		"host-ack":          must(EncodeServer(ServerFrame{Type: TypeAck, ID: event.ID, Seq: 42})),
		"host-refused":      must(EncodeServer(ServerFrame{Type: TypeRefused, Of: TypeMessage, ID: event.ID, Reason: netchat.RefusedTooLong})),
		"host-page":         must(EncodeServer(ServerFrame{Type: TypePage, Snapshot: true, More: true, Messages: FromMessages([]netchat.Message{said})})),
		"host-roster":       must(EncodeServer(ServerFrame{Type: TypeRoster, Roster: FromRoster(roster)})),
		"host-roster_delta": must(EncodeServer(ServerFrame{Type: TypeRosterDelta, Delta: FromDelta(&netchat.RosterDelta{Version: 4, Time: event.Time, Joined: []netchat.Member{host}, Changed: []netchat.Member{guest}, Left: []netchat.MemberID{guest.ID}})})),
		"host-pong":         must(EncodeServer(ServerFrame{Type: TypePong})),
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

// TestGoldenFramesAreRead reads every file of every version for ever.
func TestGoldenFramesAreRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "v*", "*.json"))
	if err != nil || len(files) < len(golden(t)) {
		t.Fatalf("%d golden frames: %v", len(files), err)
	}
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		frame = bytes.TrimSpace(frame)
		name := filepath.Base(file)
		var again []byte
		switch {
		case name == "client-hello.json":
			var h Hello
			if h, err = DecodeHello(frame); err == nil {
				again, err = EncodeHello(h.Name, *h.Rich)
			}
		case strings.HasPrefix(name, "client-plain"):
			var c PlainCommand
			if c, err = DecodePlain(frame); err == nil {
				again, err = EncodePlain(c)
			}
		case strings.HasPrefix(name, "client-"):
			var c Command
			if c, err = DecodeCommand(frame); err == nil {
				again, err = EncodeCommand(c)
			}
		case strings.HasPrefix(name, "host-"):
			var f ServerFrame
			if f, err = DecodeServer(frame); err == nil {
				f.Types, again = CommandTypes(), frame
				_, err = EncodeServer(f)
			}
		default:
			_, err = DecodePlainFrame(frame)
			again = frame
		}
		if err != nil || !bytes.Equal(again, frame) {
			t.Errorf("%s reads as\n%s: %v", name, again, err)
		}
	}
}

func TestEventSurvivesTheWire(t *testing.T) {
	e := goldenEvent()
	inFrame := FromEvent(e)
	frame, err := EncodeServer(ServerFrame{Type: TypeEvent, Event: &inFrame})
	if err != nil {
		t.Fatal(err)
	}
	f, err := DecodeServer(frame)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Event.Noun()
	if !bytes.Equal(netchat.DigestOf(got.Salt, got.Body), e.Digest) {
		t.Errorf("the body came as %s", got.Body)
	}
	if !bytes.Equal(got.ChainAfter([]byte("before")), e.Chain) {
		t.Errorf("the metadata came as %+v", got)
	}
}

package client_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testRoom  netchat.RoomID = "cba517472938cd0979629a57cc25cd60" // that of roomKey
	otherRoom netchat.RoomID = "ffeeddccbbaa99887766554433221100"
	epoch     netchat.Epoch  = "1-0123456789abcdef"
)

// roomKey is the key of testRoom.
func roomKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("the key of the room of the tests"))
}

// roomInfo is what testRoom's hosts say of it.
func roomInfo() netchat.RoomInfo {
	return netchat.RoomInfo{ID: testRoom, Name: "教室 3.5", Host: "诸葛亮"}
}

// newHost starts a scripted host of testRoom.
func newHost(t *testing.T) *netchattest.Host {
	t.Helper()
	return netchattest.NewSecureHost(t, roomKey(), roomInfo())
}

// A talk is a client that joins a scripted host.
type talk struct {
	*client.Client
	t    *testing.T
	host *netchattest.Host
	key  ed25519.PrivateKey
	rec  *netchattest.Recorder
}

// begin starts Join at a new host and returns the host's end of its
// connection, and what waits for Join.
func begin(t *testing.T, edit func(*client.Config)) (*talk, *netchattest.Peer, func()) {
	t.Helper()
	return beginAt(t, newHost(t), edit)
}

func beginAt(t *testing.T, host *netchattest.Host, edit func(*client.Config)) (*talk, *netchattest.Peer, func()) {
	t.Helper()
	k := &talk{t: t, host: host, key: newKey(t)}
	cfg := client.Config{Dial: k.host.Dial, Name: "张飞", Key: k.key}
	if edit != nil {
		edit(&cfg)
	}
	joined := make(chan error, 1)
	go func() {
		var err error
		k.Client, err = client.Join(t.Context(), cfg)
		joined <- err
	}()
	peer := k.host.Accept()
	return k, peer, func() {
		t.Helper()
		if err := <-joined; err != nil {
			t.Fatal(err)
		}
		k.rec = netchattest.Record(k.Events())
		t.Cleanup(func() {
			_ = k.Close()
			k.rec.Done(t)
		})
	}
}

// joinRich makes a client that a rich room has welcomed with a snapshot, and
// that is at Seq 10.
func joinRich(t *testing.T, edit func(*client.Config)) (*talk, *netchattest.Peer) {
	t.Helper()
	return joinRichAt(t, newHost(t), edit)
}

func joinRichAt(t *testing.T, host *netchattest.Host, edit func(*client.Config)) (*talk, *netchattest.Peer) {
	t.Helper()
	k, peer, joined := beginAt(t, host, edit)
	k.admit(peer, welcome(k.self(), 10, false))
	joined()
	peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
	return k, peer
}

// self is the member that the client is.
func (k *talk) self() netchat.Member {
	id := netchat.MemberIDFromKey(k.key.Public().(ed25519.PublicKey))
	return netchat.Member{ID: id, Label: id.Label(), Name: "张飞", Keyed: true, Rich: true, Presence: netchat.Present}
}

// admit answers the client's first frame with the welcome w, over a plain socket
// with a challenge before it, and returns the first frame.
func (k *talk) admit(p *netchattest.Peer, w wire.ServerFrame) wire.Hello {
	k.t.Helper()
	hello := p.Hello()
	k.prove(p, hello)
	p.Rich(w)
	return hello
}

// prove has the client prove its key, if it has one: its certificate has done so
// already.
func (k *talk) prove(p *netchattest.Peer, hello wire.Hello) {
	k.t.Helper()
	if len(hello.Rich.Key) == 0 {
		return
	}
	if device, ok := p.Device(); ok {
		if !device.Equal(hello.Rich.Key) {
			k.t.Errorf("the certificate's key is %x, the first frame's %x", device, hello.Rich.Key)
		}
		return
	}
	nonce := make([]byte, wire.NonceSize)
	_, _ = rand.Read(nonce)
	p.Rich(wire.ServerFrame{Type: wire.TypeChallenge, Nonce: nonce, RoomID: testRoom})
	proof := p.Command()
	if !ed25519.Verify(hello.Rich.Key, wire.ProofMessage(testRoom, nonce), proof.Sig) {
		k.t.Fatalf("the proof %+v is wrong", proof)
	}
}

// called is the client under another name.
func (k *talk) called(name string) netchat.Member {
	self := k.self()
	self.Name = name
	return self
}

// rename asks for another name.
func (k *talk) rename(name string) {
	k.t.Helper()
	if err := k.Rename(name); err != nil {
		k.t.Fatal(err)
	}
}

// welcome makes a welcome at that Seq, with the others in the room.
func welcome(self netchat.Member, seq uint64, recovered bool, others ...netchat.Member) wire.ServerFrame {
	me := wire.FromMember(self)
	at := event(seq, self.ID, "").Position()
	info := roomInfo()
	return wire.ServerFrame{
		Type: wire.TypeWelcome,
		Welcome: wire.Welcome{
			V: wire.Version, Types: wire.CommandTypes(),
			Room: (*wire.Room)(&info),
			Self: &me, Recovered: recovered,
			Position: &wire.Position{Epoch: at.Epoch, Seq: at.Seq, Mark: at.Mark},
		},
		Roster: wire.FromRoster(netchat.Roster{Version: 5, Members: append([]netchat.Member{self}, others...)}),
	}
}

// event makes an Event as a room's Log would.
func event(seq uint64, author netchat.MemberID, text string) *netchat.Event {
	return &netchat.Event{
		Epoch: epoch, Seq: seq, Time: time.UnixMilli(int64(seq)).UTC(), ID: eventID(int(seq)),
		Kind: netchat.KindMessage, Author: author, Audience: netchat.ToAll(),
		Body:  fmt.Appendf(nil, `{"name":"x","text":%q}`, text),
		Chain: fmt.Appendf(nil, "chain %010d and so on", seq),
	}
}

// own makes the Event of a Post.
func own(seq uint64, author netchat.MemberID, p netchat.Post) *netchat.Event {
	e := event(seq, author, p.Text)
	e.ID = p.ID
	return e
}

func eventID(n int) netchat.EventID { return netchat.EventID(fmt.Sprintf("%032x", n)) }

func someone(n int) netchat.Member {
	id := netchat.MemberID(fmt.Sprintf("%032x", n))
	return netchat.Member{ID: id, Label: netchat.Label(fmt.Sprintf("%08x", n)), Name: fmt.Sprintf("member %d", n), Presence: netchat.Present}
}

// say queues a Post with an id made of n.
func (k *talk) say(n int, text string, to ...netchat.MemberID) netchat.Post {
	k.t.Helper()
	p := netchat.Post{ID: eventID(1_000_000 + n), Text: text, To: to}
	if err := k.Send(p); err != nil {
		k.t.Fatal(err)
	}
	return p
}

// drain waits until c has an answer to everything.
func drain(t *testing.T, c *client.Client, rec *netchattest.Recorder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), netchattest.Patience)
	defer cancel()
	if err := c.Drain(ctx); err != nil {
		t.Fatalf("%d posts have no answer: %s", c.Pending(), netchattest.Describe(rec.Updates()))
	}
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// failing is a Dial that reaches nobody.
func failing(context.Context) (net.Conn, error) { return nil, net.ErrClosed }

// A wall is a wall clock that can jump.
type wall struct{ jumped atomic.Int64 }

func newWall() *wall { return new(wall) }

func (w *wall) now() time.Time { return time.Now().Add(time.Duration(w.jumped.Load())) }

// sleep makes the wall clock go on by d while nothing else does.
func (w *wall) sleep(d time.Duration) { w.jumped.Add(int64(d)) }

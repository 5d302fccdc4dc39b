package client

import (
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// bareMirror is a mirror without connections.
func bareMirror(t *testing.T) *mirror {
	t.Helper()
	return &mirror{
		feed:   feed{ctx: t.Context(), events: make(chan netchat.Update, eventBuffer)},
		cfg:    Config{Name: "me", Now: time.Now, Random: rand.Reader, Logger: slog.New(slog.DiscardHandler)},
		outbox: newOutbox(), asks: newAsks(), naming: newNaming("me"), said: wish{name: "me"},
	}
}

// A rig is a plain dialect without a connection, in a room of three.
type rig struct {
	t *testing.T
	*plain
	members []netchat.Member
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, members: []netchat.Member{{Label: "00000001", Name: "me"}, {Label: "00000002"}, {Label: "00000003"}}}
	first, err := wire.DecodePlainFrame(wire.EncodeUserList(r.members))
	if err != nil {
		t.Fatal(err)
	}
	r.plain = &plain{mirror: bareMirror(t), list: &first}
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) say(text string, to ...netchat.MemberID) netchat.EventID {
	r.t.Helper()
	p := post(text)
	p.To = to
	if err := r.outbox.add(p); err != nil {
		r.t.Fatal(err)
	}
	return p.ID
}

// list has the server send its list, the first n members.
func (r *rig) list(n int) {
	r.t.Helper()
	r.hear(wire.EncodeUserList(r.members[:n]))
}

func (r *rig) hear(frame []byte) {
	r.t.Helper()
	if err := r.handle(frame); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) wantNext(want string) {
	r.t.Helper()
	frame, err := r.next()
	if err != nil || string(frame) != want {
		r.t.Errorf("next is %s, %v, want %s", frame, err, want)
	}
}

func (r *rig) wantOutcome(acked, refused []netchat.EventID) {
	r.t.Helper()
	gotAcked, gotRefused := outcomes(r.mirror)
	if !slices.Equal(gotAcked, acked) || !slices.Equal(gotRefused, refused) {
		r.t.Errorf("acked %v, refused %v", gotAcked, gotRefused)
	}
	if n := r.outbox.len(); n != 0 || len(r.flights) != 0 {
		r.t.Errorf("%d posts, %d flights left", n, len(r.flights))
	}
}

// TestPlainRecipientLeavesBeforeTheWrite has the list change while a frame
// waits for the writer: what nobody would get is not written.
func TestPlainRecipientLeavesBeforeTheWrite(t *testing.T) {
	r := newRig(t)
	both, gone, all := r.say("a", "00000002", "00000003"), r.say("b", "00000003"), r.say("c")
	r.wantNext(`{"type":"private","to":"00000002","content":"a"}`)
	r.wrote()
	r.wantNext(`{"type":"private","to":"00000003","content":"a"}`)
	r.list(2) // neither the other half of a nor b is for anybody
	r.wantNext(`{"type":"public","content":"c"}`)
	r.wrote()
	r.wantNext("")
	r.hear(wire.EncodePrivate("00000001", "00000002", "me", "a", time.Now()))
	r.list(1)
	r.hear(wire.EncodePublic("00000001", "me", "c", time.Now()))

	r.list(3) // and now the only recipient leaves while the only frame waits
	r.say("b", "00000003")
	r.wantNext(`{"type":"private","to":"00000003","content":"b"}`)
	r.list(2)
	r.wantNext("")
	r.wantOutcome([]netchat.EventID{both, all}, []netchat.EventID{gone, gone})
}

// TestPlainEchoBeforeTheWrite has a server that says in our name what we have
// not sent yet.
func TestPlainEchoBeforeTheWrite(t *testing.T) {
	r := newRig(t)
	all := r.say("c")
	r.wantNext(`{"type":"public","content":"c"}`)
	r.hear(wire.EncodePublic("00000001", "me", "c", time.Now()))
	r.wantNext("")
	r.wantOutcome([]netchat.EventID{all}, nil)
}

// outcomes ends m's Updates and returns the ids of all answers to Posts.
func outcomes(m *mirror) (acked, refused []netchat.EventID) {
	m.close()
	for u := range m.events {
		switch u := u.(type) {
		case *netchat.Acked:
			acked = append(acked, u.ID)
		case *netchat.Refused:
			refused = append(refused, u.ID)
		}
	}
	return acked, refused
}

// FuzzDialects has a host say anything: the client neither panics nor stops.
func FuzzDialects(f *testing.F) {
	f.Add(true, `{"type":"event","event":{"epoch":"1-0","seq":3,"id":"aa","audience":["b"],"digest":"","chain":""}}`)
	f.Add(true, `{"type":"roster_delta","delta":{"version":9}}`+"\n"+`{"type":"roster","roster":{"version":9}}`)
	f.Add(true, `{"type":"ack","id":"a","seq":1}`+"\n"+`{"type":"refused","of":"history"}`+"\n"+`{"type":"page"}`)
	f.Add(false, `{"type":"user_list","users":[]}`+"\n"+`{"type":"public","from":"00000001","content":"x"}`)
	f.Add(false, `{"type":"private","from":"00000001","to":"00000001","content":"a"}`+"\n"+`{"type":"system"}`)
	f.Fuzz(func(t *testing.T, speaksRich bool, script string) {
		m := bareMirror(t)
		m.events = make(chan netchat.Update, 1<<16)
		e := entry{list: &wire.PlainFrame{Users: []wire.PlainUser{{Label: "00000001", Name: "me"}, {Label: "00000002"}}}}
		if speaksRich {
			e = entry{welcome: &wire.ServerFrame{Roster: &wire.Roster{}, Welcome: wire.Welcome{
				Room: &wire.Room{}, Self: &wire.Member{}, Position: &wire.Position{}, Recovered: true, Types: wire.CommandTypes(),
			}}}
		}
		d := m.dialect(e)
		if err := d.start(); err != nil {
			t.Fatal(err)
		}
		private := post("a")
		private.To = []netchat.MemberID{"00000001", "00000002"}
		_ = m.outbox.add(private)
		_ = m.outbox.add(post("b"))
		_ = m.asks.add(ask{n: 1})
		for i, frame := range strings.Split(script, "\n") {
			if len(m.events) > cap(m.events)/2 || d.handle([]byte(frame)) != nil {
				break
			}
			if out, err := d.next(); err != nil {
				t.Fatal(err)
			} else if out != nil && i%2 == 0 {
				d.wrote()
			}
		}
		if err := d.lost(); err != nil {
			t.Fatal(err)
		}
	})
}

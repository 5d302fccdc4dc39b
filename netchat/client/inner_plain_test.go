package client

import (
	"crypto/rand"
	"log/slog"
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
		outbox: newOutbox(), asks: newAsks(),
	}
}

// TestPlainRecipientLeavesBeforeTheWrite has the list change while a frame
// waits for the writer: what nobody would get is not written.
func TestPlainRecipientLeavesBeforeTheWrite(t *testing.T) {
	members := []netchat.Member{{Label: "00000001", Name: "me"}, {Label: "00000002"}, {Label: "00000003"}}
	list := func(members ...netchat.Member) []byte { return wire.EncodeUserList(members) }
	first, err := wire.DecodePlainFrame(list(members...))
	if err != nil {
		t.Fatal(err)
	}
	m := bareMirror(t)
	p := &plain{mirror: m, list: &first}
	handle := func(frame []byte) {
		t.Helper()
		if err := p.handle(frame); err != nil {
			t.Fatal(err)
		}
	}
	next := func(want string) {
		t.Helper()
		frame, err := p.next()
		if err != nil || string(frame) != want {
			t.Errorf("next is %s, %v, want %s", frame, err, want)
		}
	}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	both, gone, all := post("a"), post("b"), post("c")
	both.To = []netchat.MemberID{"00000002", "00000003"}
	gone.To = []netchat.MemberID{"00000003"}
	for _, post := range []netchat.Post{both, gone, all} {
		if err := m.outbox.add(post); err != nil {
			t.Fatal(err)
		}
	}
	next(`{"type":"private","to":"00000002","content":"a"}`)
	p.wrote()
	next(`{"type":"private","to":"00000003","content":"a"}`)
	handle(list(members[:2]...)) // 3 has left: neither the other half nor b is for anybody
	next(`{"type":"public","content":"c"}`)
	p.wrote()
	next("")
	handle(wire.EncodePrivate("00000001", "00000002", "me", "a", time.Now()))
	handle(list(members[0]))
	handle(wire.EncodePublic("00000001", "me", "c", time.Now()))
	if m.outbox.len() != 0 {
		t.Errorf("%d posts have no answer", m.outbox.len())
	}

	// The only recipient leaves while the only frame waits.
	handle(list(members...))
	_ = m.outbox.add(gone)
	next(`{"type":"private","to":"00000003","content":"b"}`)
	handle(list(members[:2]...))
	next("")
	if len(p.flights) != 0 || m.outbox.len() != 0 {
		t.Errorf("%d flights, %d posts left", len(p.flights), m.outbox.len())
	}

	// A server says that we said what we did not say yet.
	_ = m.outbox.add(all)
	next(`{"type":"public","content":"c"}`)
	handle(wire.EncodePublic("00000001", "me", "c", time.Now()))
	next("")
	close(m.events)
	var acked, refused []netchat.EventID
	for u := range m.events {
		switch u := u.(type) {
		case *netchat.Acked:
			acked = append(acked, u.ID)
		case *netchat.Refused:
			refused = append(refused, u.ID)
		}
	}
	if len(acked) != 3 || acked[0] != both.ID || acked[1] != all.ID || len(refused) != 2 || refused[0] != gone.ID {
		t.Errorf("acked %v, refused %v", acked, refused)
	}
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
			e = entry{welcome: &wire.ServerFrame{
				Room: &wire.Room{}, Self: &wire.Member{}, Roster: &wire.Roster{}, Position: &wire.Position{}, Recovered: true,
				Types: wire.CommandTypes(),
			}}
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

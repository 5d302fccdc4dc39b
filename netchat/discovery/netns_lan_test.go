//go:build netns && linux

package discovery

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// host opens room id on port 8000 (room 1), 8001 (room 2), …
func (l *lanTest) host(machine string, id int, name string) *role {
	l.T.Helper()
	return l.open("host", machine, id, name)
}

// A lanTest is a network of machines that have rooms or look for them.
type lanTest struct{ *netchattest.LAN }

func newLAN(t *testing.T, prefix string, switches int) *lanTest {
	return &lanTest{netchattest.NewLAN(t, prefix, switches)}
}

// A role is what one of its machines does.
type role struct{ *netchattest.Role }

func (l *lanTest) start(machine, roleName string, env ...string) *role {
	l.T.Helper()
	return &role{l.Start(machine, roleName, env...)}
}

func (l *lanTest) open(roleName, machine string, id int, name string) *role {
	l.T.Helper()
	return l.openAs(roleName, machine, id, name, true)
}

func (l *lanTest) openAs(roleName, machine string, id int, name string, tls bool) *role {
	l.T.Helper()
	room, err := json.Marshal(hosted{
		Room: netchat.RoomInfo{ID: roomID(id), Name: name, Host: machine},
		Port: netchat.DefaultPort + id - 1,
		TLS:  tls,
	})
	if err != nil {
		l.T.Fatal(err)
	}
	return l.start(machine, roleName, envRoom+"="+string(room))
}

// find looks for rooms, and remembers some.
func (l *lanTest) find(machine string, remembered ...netchat.Advert) *role {
	l.T.Helper()
	return l.search("find", machine, remembered...)
}

func (l *lanTest) search(roleName, machine string, remembered ...netchat.Advert) *role {
	l.T.Helper()
	list, err := json.Marshal(remembered)
	if err != nil {
		l.T.Fatal(err)
	}
	return l.start(machine, roleName, envRemembered+"="+string(list))
}

// list waits until the machine lists what is wanted, and logs how long it took.
func (r *role) list(what string, limit time.Duration, want func([]netchat.Advert) bool) {
	r.T.Helper()
	start, timeout, last := time.Now(), time.After(limit), "nothing"
	for {
		select {
		case line, ok := <-r.Lines:
			var list []netchat.Advert
			if err := json.Unmarshal([]byte(line), &list); !ok || err != nil {
				r.T.Fatalf("%s: line %q: %v", what, line, err)
			}
			if last = line; want(list) {
				r.T.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
				return
			}
		case <-timeout:
			r.T.Fatalf("%s: not within %v; last list: %s", what, limit, last)
		}
	}
}

// settle waits until a host only answers.
func (r *role) settle() {
	r.T.Helper()
	r.Tell("settle", "settled")
}

// keeps checks that for that long, and in what it has said already, the machine
// lists nothing but these rooms.
func (r *role) keeps(what string, limit time.Duration, names ...string) {
	r.T.Helper()
	for timeout := time.After(limit); ; {
		select {
		case line := <-r.Lines:
			var list []netchat.Advert
			if err := json.Unmarshal([]byte(line), &list); err != nil || !named(list, names) {
				r.T.Fatalf("%s: line %q: %v", what, line, err)
			}
		case <-timeout:
			return
		}
	}
}

func named(list []netchat.Advert, names []string) bool {
	return slices.EqualFunc(list, names, func(a netchat.Advert, name string) bool { return a.Room.Name == name })
}

// quiet checks that the role says nothing for that long.
func (r *role) quiet(what string, limit time.Duration) {
	r.T.Helper()
	select {
	case line := <-r.Lines:
		r.T.Fatalf("%s: line %q", what, line)
	case <-time.After(limit):
	}
}

func (r *role) names(what string, limit time.Duration, names ...string) {
	r.T.Helper()
	slices.Sort(names)
	r.list(what, limit, func(list []netchat.Advert) bool { return named(list, names) })
}

func (r *role) reachedAt(what string, limit time.Duration, addrs ...string) {
	r.T.Helper()
	r.list(what, limit, func(list []netchat.Advert) bool {
		if len(list) != 1 {
			return false
		}
		v4 := slices.DeleteFunc(list[0].Addrs, func(a string) bool { return strings.HasPrefix(a, "[fe80") })
		return slices.Equal(v4, addrs)
	})
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/internal/address"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

func advert(id, name string, addrs ...string) netchat.Advert {
	return netchat.Advert{Room: netchat.RoomInfo{ID: netchat.RoomID(id), Name: name, Host: "h"}, Addrs: addrs, Members: 3, Rich: true}
}

func TestResolve(t *testing.T) {
	class := advert("1", "Class 3.5", "192.168.1.2:8000", "[fd00::1]:8000")
	twins := []netchat.Advert{advert("2", "twin", "10.0.0.1:8000"), advert("3", "twin", "10.0.0.2:8000")}
	finder := netchattest.Finder{
		{After: time.Second, List: []netchat.Advert{class}},
		{After: time.Second, List: []netchat.Advert{class, advert("4", "lab.1", "10.0.0.4:8000"), twins[0]}},
		{After: settleFor / 2, List: append([]netchat.Advert{class, advert("4", "lab.1", "10.0.0.4:8000")}, twins...)},
	}
	to := func(addr string) destination { return destination{addrs: []string{addr}} }
	hosts := []string{"pc.school.example", "pc"}
	for _, c := range []struct {
		target string
		want   destination
		err    error
		took   time.Duration
	}{
		{"192.168.1.2", to("192.168.1.2:8000"), nil, 0},
		{"192.168.1.2:9000", to("192.168.1.2:9000"), nil, 0},
		{"[fd00::1]:9000", to("[fd00::1]:9000"), nil, 0},
		{"fe80::1%eth0", to("[fe80::1%eth0]:8000"), nil, 0},
		{"localhost", to("localhost:8000"), nil, 0},
		{"ws://a/ws", to("a:8000"), nil, 0},
		{"ws://a/other", to("ws://a:8000/other"), nil, 0},
		{"pc:9000", to("pc:9000"), nil, 0},
		{"127.0.0.1：21000", to("127.0.0.1:21000"), nil, 0},
		{" “192.168.1.2:9000/”。", to("192.168.1.2:9000"), nil, 0},
		{"<HTTP://192.168.1.2:9000/ws>", to("192.168.1.2:9000"), nil, 0},
		{"[fe80::1%25eth0]:9000", to("[fe80::1%eth0]:9000"), nil, 0},
		{"192.168.1.2 9000", to("192.168.1.2:9000"), nil, 0},
		{"999.1.1.1", destination{}, address.ErrBadIP, 0},
		{"192.168.1", destination{}, address.ErrBadIP, searchFor},
		{"192.168.1:9000", destination{}, address.ErrBadIP, 0},
		{"192.168.1.2:99999", destination{}, address.ErrBadPort, 0},
		{"https://192.168.1.2", destination{}, address.ErrSecure, 0},
		{"ftp://192.168.1.2", destination{}, address.ErrNoAddress, 0},
		{"pc.school.example", to("pc.school.example:8000"), nil, 0},
		{"pc", to("pc:8000"), nil, searchFor},
		{"PC", to("pc:8000"), nil, searchFor},
		{"pc/other", destination{}, errNoRoom, searchFor},
		{"301", destination{}, errNoRoom, searchFor},
		{"10:30", destination{}, errNoRoom, searchFor},
		{"Class 3.5", destination{class.Addrs, "1"}, nil, time.Second + settleFor},
		{"lab.1", destination{[]string{"10.0.0.4:8000"}, "4"}, nil, 2*time.Second + settleFor},
		{"twin", destination{}, errManyRooms, 2*time.Second + settleFor},
		{"class 3.5", destination{class.Addrs, "1"}, nil, time.Second + settleFor},
		{" CLASS 3.5 ", destination{class.Addrs, "1"}, nil, time.Second + settleFor},
		{"nowhere.example", destination{}, errNoRoom, searchFor},
		{"教室: 3", destination{}, errNoRoom, searchFor},
	} {
		t.Run(c.target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newResolver(catalogs[english])
				r.finder = finder
				r.lookup = func(_ context.Context, host string) ([]string, error) {
					if slices.Contains(hosts, host) {
						return []string{"10.1.1.1"}, nil
					}
					return nil, errors.New("no such host")
				}
				begin := time.Now()
				got, err := r.resolve(t.Context(), c.target)
				if !errors.Is(err, c.err) || got.room != c.want.room || !slices.Equal(got.addrs, c.want.addrs) {
					t.Errorf("%+v, %v", got, err)
				}
				if took := time.Since(begin); took != c.took {
					t.Errorf("it took %s, not %s", took, c.took)
				}
				if c.err == errManyRooms && !strings.Contains(err.Error(), "10.0.0.1:8000 (h), 10.0.0.2:8000 (h)") {
					t.Errorf("no choices: %v", err)
				}
			})
		})
	}
}

func TestFindShowsEachRoomOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := advert("1", "教室\x1b[2J", "192.168.1.2:8000"), advert("2", "two", "[fe80::1%eth0]:8001")
		more := one
		more.Members = 4
		early := advert("1", "early", "[fe80::2%eth0]:8000")
		finder := netchattest.Finder{{}, {After: 1, List: []netchat.Advert{early}}, {After: 1, List: []netchat.Advert{one, two}}, {After: 1, List: []netchat.Advert{more, two}}}
		for _, c := range []struct {
			show func(w io.Writer, a netchat.Advert) error
			want string
		}{
			{showRoomText, "192.168.1.2:8000 | 教室␛[2J | h | 3\n[fe80::1%eth0]:8001 | two | h | 3\n"},
			{showRoomJSON, `{"room_id":"1","name":"教室\u001b[2J","addrs":["192.168.1.2:8000"],"port":8000,"host":"h","members":3,"says":{"tls":false,"app_only":false}}` + "\n" +
				`{"room_id":"2","name":"two","addrs":["[fe80::1%eth0]:8001"],"port":8001,"host":"h","members":3,"says":{"tls":false,"app_only":false}}` + "\n"},
		} {
			var out, errs bytes.Buffer
			e := env{streams: streams{out: &out, err: &errs}, say: catalogs[english]}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := e.find(ctx, finder, c.show); err != nil || out.String() != c.want || errs.Len() > 0 {
				t.Errorf("%v, %q, %q", err, out.String(), errs.String())
			}
			cancel()
		}
	})
}

func TestFindNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		e := env{streams: streams{out: &out, err: &errs}, say: catalogs[english]}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := e.find(ctx, netchattest.Finder{}, showRoomJSON); err != nil || out.Len() > 0 || errs.String() != program+": no rooms found\n" {
			t.Errorf("%v, %q, %q", err, out.String(), errs.String())
		}
	})
}

func TestRoomJSONWithoutAddresses(t *testing.T) {
	var out bytes.Buffer
	if err := showRoomJSON(&out, netchat.Advert{Members: -1}); err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(out.Bytes(), &o); err != nil || o["addrs"] == nil || o["members"] != -1.0 || o["port"] != 0.0 {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestWhatIsTypedForARoom: what may be both a code and a name is tried as both, and
// a slip in a code is told before anything is asked of the network.
func TestWhatIsTypedForARoom(t *testing.T) {
	e := env{say: catalogs[english]}
	for typed, want := range map[string]struct {
		target string
		code   netchat.RoomCode
		says   sentence
	}{
		"047BY2R97MX2":         {"", "7BY2R97MX2", ""},
		"04 7by2r 97mx2 w":     {"", "7BY2R97MX2", ""},
		"MATHS-CLASS":          {"MATHS-CLASS", "MATHSC1ASS", ""},
		"CLASSROOM-12":         {"CLASSROOM-12", "", ""},
		"GREEN-MATHS":          {"", "GREENMATHS", ""}, // the code of a room of 0.1, maybe
		"047BY2R97MX2X":        {"", "", usageMistypedCode},
		"04-7BY2R-97XM2-W":     {"", "", usageMistypedCode},
		"7BY2R-97MX":           {"", "", usageCode},
		"http://h/#7BY2R97MX1": {"http://h/", "7BY2R97MX1", ""},
		"http://h/#7BY2R97MX":  {"", "", usageCode},
	} {
		f, err := parseJoin(e, []string{typed, "--name", "Bo"})
		switch {
		case want.says != "":
			if err == nil || err.Error() != e.say.of(want.says) {
				t.Errorf("%q: %v", typed, err)
			}
		case err != nil || f.target != want.target || f.code.Code != want.code:
			t.Errorf("%q: %+v, %v", typed, f, err)
		}
	}
}

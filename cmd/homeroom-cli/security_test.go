package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// A front is one address behind which the test puts one host after the other.
type front struct {
	addr string

	mu  sync.Mutex
	to  string
	how passage
}

// A passage is what a front does to what begins with TLS.
type passage int

const (
	open     passage = iota // it lets it through
	cutTLS                  // it hangs up
	clearTLS                // it answers in clear, as a server that knows no TLS
)

func (f *front) lead(to string, how passage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.to, f.how = to, how
}

func newFront(t *testing.T) *front {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{addr: ln.Addr().String()}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			open.Go(func() { f.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		open.Wait()
	})
	return f
}

func (f *front) pass(client net.Conn) {
	f.mu.Lock()
	to, how := f.to, f.how
	f.mu.Unlock()
	defer func() { _ = client.Close() }()
	in := bufio.NewReader(client)
	first, err := in.Peek(1)
	if err != nil || how == cutTLS && first[0] == identity.FirstByte {
		return
	}
	if how == clearTLS && first[0] == identity.FirstByte { // as a server that knows none
		_, _ = io.WriteString(client, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		return
	}
	host, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(client, host)
		_ = client.Close()
	}()
	_, _ = io.Copy(host, in)
	_ = host.Close()
	<-back
}

// TestNothingWeakerThanBefore joins a room at an address at which then TLS does
// not come through, and then a server is that has none.
func TestNothingWeakerThanBefore(t *testing.T) {
	_, room := openRoom(t)
	plain := netchattest.NewPlainServer(t)
	server := plain.ListenTCP(t)
	f := newFront(t)
	mine := filepath.Join(t.TempDir(), "mine")
	join := func(args ...string) result {
		t.Helper()
		return invoke(t, "", append([]string{"join", f.addr, "--name", "x", "--json"}, args...)...)
	}
	f.lead(room, cutTLS)
	if r := join(); r.code != exitFailure || !strings.Contains(r.out, `"reason":"slow"`) || !strings.Contains(r.err, "no answer comes through") {
		t.Errorf("TLS was cut, and at a new address: %+v", r)
	}
	f.lead(room, clearTLS)
	if r := join(); r.code != exitFailure || !strings.Contains(r.out, `"reason":"no_tls"`) || !strings.Contains(r.err, "STOP: the connection would not be encrypted") {
		t.Errorf("TLS was taken out, and at a new address: %+v", r)
	}
	f.lead(room, open)
	if r := join("--data", mine); !strings.Contains(r.out, `"trust":"first"`) {
		t.Fatalf("%+v", r)
	}
	for _, to := range []string{room, server} {
		f.lead(to, clearTLS)
		if r := join("--data", mine); r.code != exitFailure || strings.Contains(r.out, `"online"`) || strings.Contains(r.err, "NOT ENCRYPTED") {
			t.Errorf("to %s: %+v", to, r)
		}
	}
	if members := plain.Members(); len(members) != 0 {
		t.Errorf("joined in clear: %+v", members)
	}
	if r := join(); r.code != exitOK || !strings.Contains(r.err, "NOT ENCRYPTED") {
		t.Errorf("a server without TLS that nobody knows: %+v", r)
	}
}

func TestDamagedFilesAreNotReplaced(t *testing.T) {
	_, addr := openRoom(t)
	dir := t.TempDir()
	join := func() result {
		return invoke(t, "", "join", addr, "--name", "x", "--data", dir, "--json")
	}
	if r := join(); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	list := filepath.Join(dir, "known.json")
	write(t, list, "{")
	r := join()
	if r.code != exitOK || !strings.Contains(r.out, `"trust":"first"`) || !strings.Contains(r.err, list+".bad-1") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	holds(t, list+".bad-1", "{")
	if r := join(); !strings.Contains(r.out, `"trust":"known"`) || r.err != "" {
		t.Errorf("%+v", r)
	}
	device := filepath.Join(dir, "device.key")
	write(t, device, "damaged")
	if r := join(); r.code != exitFailure || !strings.Contains(r.err, "a key file is damaged and was left as it is") || !strings.Contains(r.err, device) || strings.Contains(r.out, "online") {
		t.Errorf("%+v", r)
	}
	holds(t, device, "damaged")
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v", path, got, err)
	}
}

// newRoomKey returns the public key of a new room.
func newRoomKey(t *testing.T) []byte {
	t.Helper()
	key, err := keyring.Temporary().Room("x")
	if err != nil {
		t.Fatal(err)
	}
	return key[32:]
}

func TestKnownRooms(t *testing.T) {
	dir := t.TempDir()
	rooms, err := known.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	var codes []netchat.RoomCode
	for _, name := range []string{"twin", "twin", "evil\x1b[2J"} {
		key := newRoomKey(t)
		if err := rooms.Note(key, netchat.RoomInfo{Name: name, Host: "h"}, "", false); err != nil {
			t.Fatal(err)
		}
		ids, codes = append(ids, string(netchat.RoomIDFromKey(key))), append(codes, identity.Code(key))
	}
	r := invoke(t, "", "known", "--data", dir, "--codes")
	if r.code != exitOK || r.err != "" || strings.Count(r.out, "\n") != 3 || !strings.Contains(r.out, "evil␛[2J") || !strings.Contains(r.out, " | "+codes[0].String()+"\n") {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"twin"}, exitFailure, ids[0]},
		{[]string{ids[0][:minPrefix-1]}, exitFailure, "is known"},
		{[]string{"00000-00000"}, exitFailure, "is known"},
		{[]string{ids[0][:minPrefix]}, exitOK, "forgotten: twin"},
		{[]string{strings.ToLower(codes[1].String())}, exitOK, "forgotten: twin"},
		{[]string{"evil\x1b[2J"}, exitOK, "forgotten: evil␛[2J"},
		{nil, exitUsage, "its code"},
		{[]string{"a", "b"}, exitUsage, "one argument too many"},
	} {
		if r := invoke(t, "", append([]string{"forget", "--data", dir}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
	if r := invoke(t, "", "known", "--data", dir); r.code != exitOK || r.out != "" || !strings.Contains(r.err, "no rooms are known") {
		t.Errorf("%+v", r)
	}
	write(t, filepath.Join(dir, "known.json"), `{"version":99}`)
	if r := invoke(t, "", "known", "--data", dir); r.code != exitFailure || !strings.Contains(r.err, "later Homeroom") {
		t.Errorf("%+v", r)
	}
}

func TestALinkIsJoinedByItsCodeOrNotAtAll(t *testing.T) {
	host := start(t, "host", "--memory", "--listen", "127.0.0.1:0", "--json", "--room", "R")
	o := object(t, host.line())
	code, link := o["code"].(string), "http://"+o["addr"].(string)+"/#"
	r := invoke(t, "", "join", link+code, "--name", "x", "--json")
	if r.code != exitOK || !strings.Contains(r.out, `"tls":true,"trust":"verified","code":"`+code+`"`) {
		t.Errorf("%+v", r)
	}
	for _, args := range [][]string{{link + "ABCDE"}, {"--code", "ABCDE-FGHJ"}, {"--code", ""}, {link + code[:9] + "U"}} {
		if r := invoke(t, "", append([]string{"join", "--name", "x"}, args...)...); r.code != exitUsage || r.out != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

func TestTheSessionSaysWhoAnswers(t *testing.T) {
	key := newRoomKey(t)
	code := identity.Code(key).String()
	welcome := func(s netchat.Security) *netchat.Welcome {
		return &netchat.Welcome{
			Room: netchat.RoomInfo{ID: testID, Name: "R", Host: "h"}, Self: member("aaaaaaaa", "me"), Rich: true, Recovered: true,
			Roster: netchat.Roster{Version: 1, Members: []netchat.Member{member("aaaaaaaa", "me")}}, Security: s,
		}
	}
	for language, want := range map[string][]string{
		english: {
			"anybody on the network can read", "for the first time, so compare: the host's screen must show the code " + code,
			"Nobody has compared its code yet: the host's screen must show " + code, "this is the room with the code " + code,
			"another key than the room", "not encrypted, though the room is",
		},
		chinese: {
			"任何人都能看到", "第一次来这里，请核对：主持人的屏幕上应显示房间码 " + code, "还没有人核对过房间码：主持人的屏幕上应显示 " + code,
			"房间码为 " + code + " 的房间", "密钥与这个房间的不同", "没有加密，而这个房间是加密的",
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := try(t, 1, false)
			synctest.Wait()
			tr.face.(*textFace).say = catalogs[language]
			for _, s := range []netchat.Security{
				{},
				{TLS: true, Trust: netchat.TrustFirst, Key: key},
				{TLS: true, Trust: netchat.TrustKnown, Key: key},
				{TLS: true, Trust: netchat.TrustVerified, Key: key},
			} {
				tr.link.events <- welcome(s)
				synctest.Wait()
				tr.write("/code\n")
				synctest.Wait()
			}
			for range 2 {
				for _, err := range []error{netchat.ErrUnreached, netchat.ErrChangedKey, netchat.ErrChangedKey, netchat.ErrUnreached} {
					tr.link.events <- &netchat.StateChange{State: netchat.StateReconnecting, Err: err}
				}
				tr.link.events <- welcome(netchat.Security{TLS: true, Trust: netchat.TrustKnown, Key: key})
			}
			tr.link.events <- &netchat.StateChange{State: netchat.StateReconnecting, Err: netchat.ErrNoTLS}
			synctest.Wait()
			_ = tr.in.Close()
			if err := <-tr.done; err != nil {
				t.Error(err)
			}
			out := tr.out.String()
			for i, part := range want {
				times := 1
				if i == 4 { // in each of two losses
					times = 2
				}
				if strings.Count(out, part) != times {
					t.Errorf("%q is not there %d times in\n%s", part, times, out)
				}
			}
			if n := strings.Count(out, catalogs[language].of(chatLost)); n != 3 {
				t.Errorf("the loss is told %d times", n)
			}
		})
	}
}

// TestTheStatesAreToldOnce on stderr to who watches a terminal; that it is open,
// to everybody.
func TestTheStatesAreToldOnce(t *testing.T) {
	key := newRoomKey(t)
	code := identity.Code(key).String()
	for _, c := range []struct {
		s               netchat.Security
		watched, script string
	}{
		{netchat.Security{}, "NOT ENCRYPTED", "NOT ENCRYPTED"},
		{netchat.Security{TLS: true, Trust: netchat.TrustFirst, Key: key}, "must show the code " + code, ""},
		{netchat.Security{TLS: true, Trust: netchat.TrustKnown, Key: key}, "the same room as before", ""},
		{netchat.Security{TLS: true, Trust: netchat.TrustVerified, Key: key}, "verified", ""},
	} {
		for watched, want := range map[bool]string{true: c.watched, false: c.script} {
			var errs bytes.Buffer
			tell := tellSecurity(env{streams: streams{err: &errs}, say: catalogs[english]}.note, watched, &codes{})
			tell(c.s)
			tell(c.s)
			if got := errs.String(); !strings.Contains(got, want) || (want == "") != (got == "") || strings.Count(got, "\n") > 1 {
				t.Errorf("%+v, watched %v: %q", c.s, watched, got)
			}
		}
	}
}

func TestFindTellsClaimsAsSuch(t *testing.T) {
	var out bytes.Buffer
	if err := showRoomJSON(&out, netchat.Advert{TLS: true, Code: "ABCDEFGHJK", Room: netchat.RoomInfo{AppOnly: true}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"says":{"tls":true,"code":"ABCDEFGHJK","app_only":true}`) {
		t.Error(out.String())
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// openRoom hosts a room in this process and returns its address.
func openRoom(t *testing.T, args ...string) (host *live, addr string) {
	t.Helper()
	host = start(t, append([]string{"host", "--room", "教室", "--listen", "127.0.0.1:0", "--memory", "--rate", "off"}, args...)...)
	addr, ok := strings.CutPrefix(host.line(), "listening on ")
	if !ok || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Fatalf("the first line is not the address: %q", addr)
	}
	return host, addr
}

// object decodes one line of JSON output.
func object(t *testing.T, line string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return o
}

// joined starts a JSON client and returns it and its client_id once it is in.
func joined(t *testing.T, addr, name string, args ...string) (*live, string) {
	t.Helper()
	l := start(t, append([]string{"join", addr, "--name", name, "--json"}, args...)...)
	for _, m := range object(t, l.until(`"type":"roster"`))["members"].([]any) {
		if m := m.(map[string]any); m["self"] == true {
			return l, m["id"].(string)
		}
	}
	t.Fatal("not in the own roster")
	return nil, ""
}

func TestJSONPublic(t *testing.T) {
	_, addr := openRoom(t)
	zhang, zhangID := joined(t, addr, "张飞")
	li, _ := joined(t, addr, "李四")
	zhang.until(`"type":"system"`, "李四 进入聊天室")
	zhang.write(`{"type":"public","content":"大家好 <&>\u2028","id":"` + testID + `"}`)
	for _, l := range []*live{zhang, li} {
		expect(t, l.until(`"type":"public"`), map[string]any{
			"from": zhangID, "sender_name": "张飞", "content": "大家好 <&>\u2028", "id": testID, "seq": 1.0,
		})
	}
	expect(t, zhang.until(`"type":"ack"`), map[string]any{"id": testID, "seq": 1.0})

	// The same id again: the old seq, and no second message.
	zhang.write(`{"type":"public","content":"again","id":"` + testID + `"}`)
	expect(t, zhang.until(`"type":"ack"`, testID), map[string]any{"seq": 1.0})
	zhang.write(`{"type":"public","content":"last"}`)
	expect(t, li.until(`"type":"public"`), map[string]any{"content": "last"})
}

func TestJSONPrivate(t *testing.T) {
	_, addr := openRoom(t)
	zhang, zhangID := joined(t, addr, "张飞")
	li, liID := joined(t, addr, "李四 老师")
	other, _ := joined(t, addr, "other")
	zhang.until(`"type":"system"`, "other")
	zhang.write(`{"type":"private","to":"李四 老师","content":"by name"}`)
	for _, l := range []*live{zhang, li} {
		expect(t, l.until(`"type":"private"`), map[string]any{"from": zhangID, "to": liID, "content": "by name"})
	}
	li.write(`{"type":"private","to":"` + zhangID + `","content":"by id"}`)
	expect(t, zhang.until(`"type":"private"`), map[string]any{"from": liID, "to": zhangID, "content": "by id"})
	li.write(`{"type":"public","content":"to all"}`)
	for line := ""; !strings.Contains(line, "to all"); line = other.line() {
		if strings.Contains(line, "private") {
			t.Errorf("a third one got %s", line)
		}
	}
}

func TestJSONBadInputEndsNothing(t *testing.T) {
	_, addr := openRoom(t)
	bot, _ := joined(t, addr, "bot")
	bot.write(`not json`)
	bot.until(`"type":"refused"`, `"reason":"invalid"`)
	bot.write(`{"type":"private","to":"nobody","content":"x","id":"` + testID + `"}`)
	bot.until(`"type":"refused"`, testID, `"no_recipient"`)
	bot.write(strings.Repeat("x", maxJSONLine+1))
	bot.until(`"type":"refused"`, `"reason":"invalid"`, "the line is over")
	bot.write(`{"type":"public","content":"` + strings.Repeat("x", netchat.MaxText+1) + `","id":"` + testID + `"}`)
	bot.until(`"type":"refused"`, testID, `"too_long"`)
	_ = bot.stdin.Close()
	var last string
	for line := range bot.out.lines {
		last = line
	}
	if code := <-bot.done; code != exitFailure || last != `{"type":"state","state":"closed","reason":""}` {
		t.Errorf("exit code %d after %s", code, last)
	}
}

// expect fails if an object lacks one of these values.
func expect(t *testing.T, line string, want map[string]any) {
	t.Helper()
	got := object(t, line)
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is not %v in %s", key, value, line)
		}
	}
}

func TestResendRightAfterJoiningIsAcked(t *testing.T) {
	_, addr := openRoom(t)
	dir := filepath.Join(t.TempDir(), "keys")
	line := `{"type":"public","content":"once","id":"` + testID + `"}` + "\n"
	for range 2 {
		r := invoke(t, line, "join", addr, "--name", "bot", "--json", "--data", dir)
		if r.code != exitOK || !strings.Contains(r.out, `{"type":"ack","id":"`+testID+`","seq":1}`) {
			t.Fatalf("%+v", r)
		}
	}
	r := invoke(t, "", "join", addr, "--name", "reader", "--json")
	if n := strings.Count(r.out, `"content":"once"`); n != 1 {
		t.Errorf("the message is there %d times: %s", n, r.out)
	}
}

func TestEndOfInputSendsWhatWaits(t *testing.T) {
	const lines = 1000
	_, addr := openRoom(t)
	reader, _ := joined(t, addr, "reader")
	var input strings.Builder
	for i := range lines {
		fmt.Fprintf(&input, "line %d\n", i)
	}
	if r := invoke(t, input.String(), "join", addr, "--name", "sender"); r.code != exitOK || r.err != "" {
		t.Fatalf("code %d: %s", r.code, r.err)
	}
	for i := range lines {
		if o := object(t, reader.until(`"type":"public"`)); o["content"] != fmt.Sprintf("line %d", i) {
			t.Fatalf("%d: %v", i, o["content"])
		}
	}
	reader.until(`"type":"system"`, "sender")
}

func TestTextClient(t *testing.T) {
	_, addr := openRoom(t)
	bot, _ := joined(t, addr, "evil\x1b]0;x\a")
	person := start(t, "join", addr, "--name", "人")
	person.until("You are 人 in 教室")
	person.until(" | evil␛]0;x␇")
	person.until(" | 人 (you)")
	bot.write(`{"type":"public","content":"one\n12:00:00 [public] forged: \u001b[2Jtwo\u202e"}`)
	person.until("[public] evil␛]0;x␇: one")
	if line := person.line(); line != indent+"12:00:00 [public] forged: ␛[2Jtwo<U+202E>" {
		t.Errorf("%q", line)
	}
	person.write("   ")
	person.write("@人 note to self")
	person.until("[private] 人 to 人: note to self")
	person.write("hello")
	if o := object(t, bot.until(`"type":"public"`, "hello")); o["sender_name"] != "人" {
		t.Errorf("%v", o)
	}
	person.write("eXit")
	if code := person.wait(); code != exitOK {
		t.Errorf("exit code %d: %s", code, person.errs)
	}
	bot.until("人 已离开")
}

func TestPipedLinesThatCannotBeSentFail(t *testing.T) {
	_, addr := openRoom(t)
	r := invoke(t, "@nobody hi\nfine\n", "join", addr, "--name", "n")
	if r.code != exitFailure || !strings.Contains(r.out, "[public] n: fine") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("%+v", r)
	}
}

func TestRoomClosed(t *testing.T) {
	host, addr := openRoom(t)
	bot, _ := joined(t, addr, "bot")
	person := start(t, "join", addr, "--name", "person")
	person.until("person (you)")
	host.stop()
	if code := host.wait(); code != exitOK {
		t.Errorf("host: exit code %d: %s", code, host.errs)
	}
	bot.until(`{"type":"state","state":"closed","reason":"room_closed"`)
	for _, l := range []*live{bot, person} {
		if code := l.wait(); code != exitFailure || l.errs.String() != program+": the host closed the room\n" {
			t.Errorf("exit code %d: %q", code, l.errs.String())
		}
	}
}

func TestSignalLeaves(t *testing.T) {
	_, addr := openRoom(t)
	stays, _ := joined(t, addr, "stays")
	goes, _ := joined(t, addr, "goes")
	goes.stop()
	if code := goes.wait(); code != exitOK {
		t.Errorf("exit code %d: %s", code, goes.errs)
	}
	stays.until("goes 已离开")
}

func TestHostJSON(t *testing.T) {
	host := start(t, "host", "--room", "R\n1", "--listen", "127.0.0.1:0", "--memory", "--json", "--lang", "zh")
	o := object(t, host.line())
	id := netchat.RoomID(o["room_id"].(string))
	if o["type"] != "listening" || !strings.HasPrefix(o["addr"].(string), "127.0.0.1:") || o["name"] != "R\n1" || !id.Valid() {
		t.Errorf("%v", o)
	}
	host.stop()
	if code := host.wait(); code != exitOK || host.errs.String() != "" {
		t.Errorf("exit code %d: %s", code, host.errs)
	}
}

func TestHostKeepsItsRoom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	var ids []any
	for i := range 2 {
		host := start(t, "host", "--room", "R", "--listen", "127.0.0.1:0", "--data", dir, "--json")
		o := object(t, host.line())
		ids = append(ids, o["room_id"])
		if o["kept"] != true || o["messages"] != float64(i) {
			t.Errorf("%v", o)
		}
		if r := invoke(t, "hello", "join", o["addr"].(string), "--name", "n"); r.code != exitOK {
			t.Errorf("%+v", r)
		}
		if r := invoke(t, "", "host", "--room", "R", "--listen", "127.0.0.1:0", "--data", dir); r.code != exitFailure || !strings.Contains(r.err, "in use") {
			t.Errorf("the directory is in use: %+v", r)
		}
		host.stop()
		if code := host.wait(); code != exitOK || host.errs.String() != "" {
			t.Errorf("exit code %d: %s", code, host.errs)
		}
	}
	if ids[0] != ids[1] {
		t.Errorf("two rooms: %v", ids)
	}
	host := start(t, "host", "--room", "R", "--listen", "127.0.0.1:0", "--data", dir)
	host.line()
	host.stop()
	if host.wait(); !strings.Contains(host.errs.String(), "kept in "+dir+"; messages from before: 2\n") {
		t.Errorf("%s", host.errs)
	}
}

func TestHostBesideAnother(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	dir, err := keyring.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keys.Close() }()
	host := start(t, "host", "--listen", "127.0.0.1:0", "--json")
	host.line()
	host.stop()
	if code := host.wait(); code != exitOK || !strings.Contains(host.errs.String(), "temporary key") {
		t.Errorf("exit code %d: %s", code, host.errs)
	}
}

func TestFailures(t *testing.T) {
	_, addr := openRoom(t)
	dir := t.TempDir()
	keys, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keys.Close() }()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"host", "--memory", "--listen", addr}, "cannot listen on " + addr},
		{[]string{"host", "--memory", "--listen", "203.0.113.77:1"}, "203.0.113.77:1"},
		{[]string{"host", "--data", dir, "--listen", "127.0.0.1:0"}, "in use"},
		{[]string{"join", addr, "--name", "n", "--data", dir}, "in use"},
		{[]string{"join", "127.0.0.1:1", "--name", "n"}, "nothing answers at 127.0.0.1:1"},
		{[]string{"join", "127.0.0.1:1", "--name", "n", "--json"}, "nothing answers"},
		{[]string{"join", "http://127.0.0.1:1/", "--name", "n"}, "127.0.0.1:1"},
	} {
		r := invoke(t, "", c.args...)
		if r.code != exitFailure || !strings.Contains(r.err, c.says) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q: %+v", c.args, r)
		}
		if slices.Contains(c.args, "--json") && !strings.Contains(r.out, `{"type":"state","state":"connecting","reason":""}`+"\n"+`{"type":"state","state":"closed","reason":"unreached"`) {
			t.Errorf("%q: %s", c.args, r.out)
		}
	}
}

func TestRename(t *testing.T) {
	_, addr := openRoom(t)
	zhang, zhangID := joined(t, addr, "张飞")
	li, _ := joined(t, addr, "李四")
	zhang.until(`"type":"system"`, "李四 进入聊天室")
	zhang.write(`{"type":"rename","name":"翼德"}`)
	zhang.write(`{"type":"public","content":"it is me"}`)
	li.until(`"type":"roster"`, `"name":"翼德"`)
	expect(t, li.until(`"type":"public"`), map[string]any{"from": zhangID, "sender_name": "翼德", "content": "it is me"})
	li.write(`{"type":"private","to":"翼德","content":"by the new name"}`)
	expect(t, zhang.until(`"type":"private"`), map[string]any{"to": zhangID, "content": "by the new name"})
	guest := start(t, "join", addr, "--name", "guest")
	guest.until("/help")
	guest.write("/name 关羽")
	guest.until("[system] You are now called 关羽")
	li.until(`"type":"roster"`, `"name":"关羽"`)
}

// TestWhoHosts joins a room for the first time, again, by its code, and then one
// that plays it at the same address.
func TestWhoHosts(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	mine := filepath.Join(t.TempDir(), "mine")
	addr := "127.0.0.1:0"
	open := func(data string) (host *live, code string) {
		host = start(t, "host", "--room", "教室", "--listen", addr, "--data", data, "--json", "--no-announce")
		o := object(t, host.line())
		addr = o["addr"].(string)
		return host, o["code"].(string)
	}
	real, forged := filepath.Join(t.TempDir(), "real"), filepath.Join(t.TempDir(), "forged")
	host, code := open(real)
	join := func(args ...string) result {
		return invoke(t, "", append([]string{"join", addr, "--name", "x", "--data", mine, "--json"}, args...)...)
	}
	for _, c := range []struct {
		trust string
		args  []string
	}{{"first", nil}, {"known", nil}, {"verified", []string{"--code", code}}, {"verified", nil}} {
		if got := join(c.args...); got.code != 0 || !strings.Contains(got.out, `"tls":true,"trust":"`+c.trust+`"`) || got.err != "" {
			t.Errorf("want %s: %+v", c.trust, got)
		}
	}
	if got := join("--code", "00000-00000"); got.code != 1 || !strings.Contains(got.out, `"reason":"wrong_code"`) {
		t.Errorf("another code: %+v", got)
	}
	host.stop()
	host.wait()
	host, code = open(forged)
	got := join()
	if got.code != 1 || !strings.Contains(got.out, `"reason":"changed_key"`) || !strings.Contains(got.err, "STOP") || !strings.Contains(got.err, "教室") {
		t.Errorf("another key: %+v", got)
	}
	if got := invoke(t, "", "known", "--data", mine); got.code != 0 || !strings.Contains(got.out, "教室 | ") || !strings.Contains(got.out, "verified") {
		t.Errorf("known: %+v", got)
	}
	if got := invoke(t, "", "forget", "nothing", "--data", mine); got.code != 1 {
		t.Errorf("forget nothing: %+v", got)
	}
	if got := invoke(t, "", "forget", "教室", "--data", mine); got.code != 0 {
		t.Errorf("forget: %+v", got)
	}
	if got := join(); got.code != 0 || !strings.Contains(got.out, `"trust":"first"`) {
		t.Errorf("after it is forgotten: %+v", got)
	}
	// A link with the code, without a list of known rooms.
	if got := invoke(t, "", "join", "http://"+addr+"/#"+code, "--name", "x", "--json"); got.code != 0 || !strings.Contains(got.out, `"trust":"verified"`) {
		t.Errorf("by a link: %+v", got)
	}
	host.stop()
	host.wait()
}

// TestPlainServerIsSaidToBeOpen in every face.
func TestPlainServerIsSaidToBeOpen(t *testing.T) {
	addr := netchattest.NewPlainServer(t).ListenTCP(t)
	got := invoke(t, "", "join", addr, "--name", "x", "--json")
	if got.code != 0 || !strings.Contains(got.out, `"tls":false,"trust":""`) || !strings.Contains(got.err, "NOT ENCRYPTED") {
		t.Errorf("%+v", got)
	}
	if got := invoke(t, "", "join", addr, "--name", "x"); got.code != 0 || !strings.Contains(got.err, "NOT ENCRYPTED") {
		t.Errorf("%+v", got)
	}
}

func TestAppOnlyIsSaid(t *testing.T) {
	host := start(t, "host", "--memory", "--listen", "127.0.0.1:0", "--json", "--app-only")
	if o := object(t, host.line()); o["app_only"] != true {
		t.Errorf("%v", o)
	}
}

package server_test

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestPlainJoinTalkLeave(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.dial()
	a.send(`{"username":"张飞"}`)
	list := a.next()
	users := list["users"].([]any)
	if list["type"] != "user_list" || len(list) != 2 || len(users) != 1 {
		t.Fatalf("first frame %v", list)
	}
	row := users[0].(map[string]any)
	id := row["client_id"].(string)
	if len(row) != 2 || row["username"] != "张飞" || !netchat.Label(id).Valid() {
		t.Fatalf("row %v", row)
	}
	line := a.next()
	if line["type"] != "system" || line["content"] != "张飞 进入聊天室" || len(line) != 3 {
		t.Fatalf("second frame %v", line)
	}
	if _, err := time.ParseInLocation("2006-01-02 15:04:05", line["timestamp"].(string), time.Local); err != nil {
		t.Error(err)
	}

	c := b.join("刘备")
	if got := a.next(); got["type"] != "user_list" || len(got["users"].([]any)) != 2 {
		t.Fatalf("at a join first the list, got %v", got)
	}
	if got := a.next(); got["content"] != "刘备 进入聊天室" {
		t.Fatalf("then the line, got %v", got)
	}

	a.send(`{"content":"a\u0000\u2028b\n\ud83d\ude00","from":"x","sender_name":"y","timestamp":"z","type":"public"}`)
	for _, p := range []*peer{a, c} {
		got := p.want("public")
		if got["content"] != "a\x00\u2028b\n😀" || got["from"] != id || got["sender_name"] != "张飞" || len(got) != 5 {
			t.Errorf("got %v", got)
		}
	}
	c.send(fmt.Sprintf(`{"type":"private","to":%q,"content":"psst"}`, id))
	for _, p := range []*peer{a, c} {
		if got := p.want("private"); got["content"] != "psst" || got["to"] != id || len(got) != 6 {
			t.Errorf("got %v", got)
		}
	}
	_ = c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
	if code := c.closed(); code != 1000 {
		t.Errorf("the goodbye was answered with %d", code)
	}
	if got := a.want("user_list"); len(got["users"].([]any)) != 1 {
		t.Errorf("got %v", got)
	}
	if got := a.next(); got["content"] != "刘备 已离开" {
		t.Errorf("got %v", got)
	}
}

func TestPlainPrivateToNobodyIsIgnored(t *testing.T) {
	b := newBench(t, true, nil)
	a, c := b.join("a"), b.join("C")
	for _, to := range []string{"", "00000000", "ABCDEF01", "nobody"} {
		a.send(fmt.Sprintf(`{"type":"private","to":%q,"content":"x"}`, to))
	}
	a.send(`{"type":"private","to":"C","content":"by name"}`)
	if got := c.want("private"); got["content"] != "by name" {
		t.Errorf("got %v", got)
	}
	if got := a.want("private"); got["content"] != "by name" {
		t.Errorf("the echo: %v", got)
	}
	b.join("C")
	a.send(`{"type":"private","to":"C","content":"two bear it"}`)
	a.send(`{"type":"public","content":"end"}`)
	for {
		got := c.next()
		if got["type"] == "private" {
			t.Fatalf("delivered to one of two namesakes: %v", got)
		}
		if got["content"] == "end" {
			return
		}
	}
}

// TestPlainMeantForOneReachesNobodyElse: a frame with a recipient that is not
// exactly private, or one without content, is dropped, and the member stays.
func TestPlainMeantForOneReachesNobodyElse(t *testing.T) {
	b := newBench(t, true, nil)
	a, c := b.join("a"), b.join("C")
	for _, frame := range []string{
		`{"type":"PRIVATE","to":"C","content":"secret"}`, `{"type":"pm","to":"C","content":"secret"}`,
		`{"to":"C","content":"secret"}`, `{"type":"public","to":"","content":"secret"}`, `{"type":"dm","To":"C","content":"secret"}`,
		`{"type":"ping"}`, `{"type":"public"}`, `{}`, `{"type":"private","to":"C"}`,
	} {
		a.send(frame)
	}
	a.send(`{"type":"shout","content":"any other type is public"}`)
	for _, p := range []*peer{a, c} {
		if got := p.next(); got["content"] != "any other type is public" {
			t.Errorf("got %v", got)
		}
	}
}

func TestPlainToOneselfComesTwice(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.dial()
	a.send(`{"username":"a"}`)
	id := a.next()["users"].([]any)[0].(map[string]any)["client_id"].(string)
	a.want("system")
	a.send(fmt.Sprintf(`{"type":"private","to":%q,"content":"me"}`, id))
	first, second := a.next(), a.next()
	if first["type"] != "private" || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("got %v and %v", first, second)
	}
}

func TestPlainOwnEntryComesBeforeNamesakes(t *testing.T) {
	b := newBench(t, true, nil)
	b.join("x")
	first := b.dial()
	first.send(`{"username":"同名"}`)
	old := first.next()["users"].([]any)[1].(map[string]any)["client_id"]
	second := b.dial()
	second.send(`{"username":"同名"}`)
	users := second.next()["users"].([]any)
	var named []any
	for _, u := range users {
		if row := u.(map[string]any); row["username"] == "同名" {
			named = append(named, row["client_id"])
		}
	}
	if len(named) != 2 || named[1] != old {
		t.Errorf("own entry is not first: %v, the namesake is %v", named, old)
	}
}

func TestPlainDefaultName(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.dial()
	a.send(`{"extra":[1,{"deep":null}]}`)
	row := a.next()["users"].([]any)[0].(map[string]any)
	if row["username"] != "用户"+row["client_id"].(string) {
		t.Errorf("got %v", row)
	}
}

// faults are frames that end a connection, before and after joining.
var faults = map[string]string{
	"not JSON": "hello", "a list": "[]", "a number": "1", "null": "null", "a string": `"x"`, "cut": `{"a":1`,
	"trailing": `{} {}`, "deep": `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}",
	"double key": `{"content":"a","content":"b"}`, "lone surrogate": `{"username":"\ud800","content":"\ud800"}`,
	"bad UTF-8": "{\"username\":\"\xff\",\"content\":\"\xff\"}", "NaN": `{"username":NaN,"content":NaN}`,
	"number field": `{"username":1,"content":1}`, "null field": `{"username":null,"content":null}`,
	"list field": `{"username":[],"content":[]}`, "object field": `{"username":{},"content":{}}`,
}

func TestFaultsHarmNobodyElse(t *testing.T) {
	b := newBench(t, true, nil)
	witness := b.join("witness")
	for name, frame := range faults {
		early := b.dial()
		early.send(frame)
		if code := early.closed(); code != int(netchat.CloseInvalid) && len(frame) <= netchat.MaxFirstFrame {
			t.Errorf("%s as first frame: closed with %d", name, code)
		}
		late := b.join(name)
		late.send(frame)
		if code := late.closed(); code != int(netchat.CloseInvalid) {
			t.Errorf("%s after joining: closed with %d", name, code)
		}
		if users := witness.untilLine(name + " 已离开"); len(users) != 1 {
			t.Errorf("%s left a ghost: %v", name, users)
		}
	}
	binary := b.join("binary")
	_ = binary.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"content":"x"}`))
	if code := binary.closed(); code != int(netchat.CloseNotText) {
		t.Errorf("binary: closed with %d", code)
	}
	for _, size := range []int{netchat.MaxText + 1, netchat.MaxFrame + 1} {
		big := b.join("big")
		big.send(`{"content":"` + strings.Repeat("x", size) + `"}`)
		if code := big.closed(); code != int(netchat.CloseTooBig) {
			t.Errorf("%d bytes: closed with %d", size, code)
		}
	}
	witness.send(`{"content":"still here"}`)
	witness.wantContent("public", "still here")
}

func TestLargestText(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.join("a")
	text := strings.Repeat("\x01", netchat.MaxText)
	a.sendJSON(map[string]string{"type": "public", "content": text})
	if got := a.want("public"); got["content"] != text {
		t.Error("it came changed")
	}
}

// TestResetsDuringTalk resets ten sockets at once among twenty talkers: all
// talkers get everything in one order, and each leave is told once.
func TestResetsDuringTalk(t *testing.T) {
	const talkers, each, victims = 20, 50, 10
	b := newBench(t, true, nil)
	var doomed []*peer
	for i := range victims {
		doomed = append(doomed, b.join(fmt.Sprintf("victim%d", i)))
	}
	peers := make([]*peer, talkers)
	for i := range peers {
		peers[i] = b.join(fmt.Sprintf("talker%d", i))
	}
	seen := make([][]string, talkers)
	leaves := make([]map[string]int, talkers)
	var wg sync.WaitGroup
	for i, p := range peers {
		wg.Go(func() {
			for j := range each {
				p.sendJSON(map[string]string{"content": fmt.Sprintf("%d/%d", i, j)})
			}
		})
		wg.Go(func() {
			leaves[i] = make(map[string]int)
			for len(seen[i]) < talkers*each || len(leaves[i]) < victims {
				f := p.next()
				if f["type"] == "public" {
					seen[i] = append(seen[i], f["content"].(string))
				}
				if content := f["content"]; f["type"] == "system" && strings.HasSuffix(content.(string), " 已离开") {
					leaves[i][content.(string)]++
				}
			}
		})
	}
	for _, p := range doomed {
		_ = p.conn.(*net.TCPConn).SetLinger(0)
		_ = p.conn.Close()
	}
	wg.Wait()
	for i := range peers {
		if !slices.Equal(seen[i], seen[0]) {
			t.Errorf("talker %d saw another order than talker 0", i)
		}
		for line, n := range leaves[i] {
			if n != 1 {
				t.Errorf("talker %d was told %d times: %s", i, n, line)
			}
		}
	}
}

func TestStoppedReaderStallsNobody(t *testing.T) {
	b := newBench(t, true, nil)
	stuck, a := b.join("stuck"), b.join("a")
	line, _ := json.Marshal(map[string]string{"content": strings.Repeat("x", netchat.MaxText)})
	for range 1000 {
		a.send(string(line))
		for f := a.next(); f["type"] != "public"; f = a.next() {
			if f["content"] == "stuck 已离开" {
				return
			}
		}
	}
	t.Error("it was never closed")
	_ = stuck
}

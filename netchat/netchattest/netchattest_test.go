package netchattest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dial opens a WebSocket to what connect reaches.
func dial(t *testing.T, connect func(context.Context) (net.Conn, error)) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return connect(ctx) }}
	ws, reply, err := dialer.Dial("ws://localhost/ws", http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// TestProxyCuts sends five messages each way, with pings in between, and looks
// at what arrives.
func TestProxyCuts(t *testing.T) {
	for _, cut := range []netchattest.Cut{
		{},
		{Dir: netchattest.ToHost, Frame: 1},
		{Dir: netchattest.ToHost, Frame: 3},
		{Dir: netchattest.ToHost, Frame: 3, After: true},
		{Dir: netchattest.ToClient, Frame: 4},
		{Dir: netchattest.ToClient, Frame: 4, After: true},
	} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host := netchattest.NewHost(t)
				proxy := netchattest.NewProxy(t, host.Dial)
				proxy.CutNext(cut)
				ws := dial(t, proxy.Dial)
				peer := host.Accept()
				passed := map[netchattest.Direction]int{}
				for i := range 5 {
					large := make([]byte, []int{0, 10, 300, 70_000, 5}[i])
					_ = ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
					_ = ws.WriteMessage(websocket.TextMessage, large)
					synctest.Wait()
					if passed[netchattest.ToHost] += peer.Waiting(); peer.Waiting() > 0 && len(peer.Read()) != len(large) {
						t.Error("a frame was changed")
					}
					go peer.TrySend(large)
					if _, got, err := ws.ReadMessage(); err == nil && len(got) == len(large) {
						passed[netchattest.ToClient]++
					}
				}
				want := 5
				if cut.Frame > 0 {
					want = cut.Frame - 1
					if cut.After {
						want++
					}
				}
				if got := passed[cut.Dir]; got != want {
					t.Errorf("%d frames passed, want %d", got, want)
				}
			})
		})
	}
}

func TestProxyHoldAndDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := netchattest.NewHost(t)
		proxy := netchattest.NewProxy(t, host.Dial)
		ws := dial(t, proxy.Dial)
		peer := host.Accept()
		proxy.Hold()
		_ = ws.WriteMessage(websocket.TextMessage, []byte("x"))
		synctest.Wait()
		if peer.Waiting() != 0 {
			t.Error("a frame passed while held")
		}
		proxy.Release()
		peer.Read()
		proxy.Delay(time.Minute / 4)
		began := time.Now()
		_ = ws.WriteMessage(websocket.TextMessage, []byte("x"))
		peer.Read()
		if d := time.Since(began); d != time.Minute/4 {
			t.Errorf("took %v", d)
		}
		proxy.CutAll()
		if code := peer.Ended(); code != websocket.CloseAbnormalClosure {
			t.Errorf("closed with %d", code)
		}
	})
}

// TestPlainServer is checked frame by frame against the original's ways.
func TestPlainServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := netchattest.NewPlainServer(t)
		join := func(name string) *websocket.Conn {
			ws := dial(t, server.Dial)
			_ = ws.WriteJSON(map[string]string{"username": name})
			return ws
		}
		next := func(ws *websocket.Conn) map[string]any {
			var f map[string]any
			if err := ws.ReadJSON(&f); err != nil {
				t.Fatal(err)
			}
			return f
		}
		a := join("a")
		if f := next(a); f["type"] != "user_list" || len(f["users"].([]any)) != 1 {
			t.Errorf("got %v", f)
		}
		if f := next(a); f["content"] != "a 进入聊天室" {
			t.Errorf("got %v", f)
		}
		_ = a.WriteJSON(map[string]string{"type": "private", "to": "00000001", "content": "me"})
		for range 2 { // the copy and the echo
			if f := next(a); f["content"] != "me" || f["to"] != "00000001" {
				t.Errorf("got %v", f)
			}
		}
		_ = a.WriteJSON(map[string]string{"type": "private", "to": "00000009", "content": "nobody"})
		_ = a.WriteJSON(map[string]string{"content": "all"})
		if f := next(a); f["type"] != "public" || f["from"] != "00000001" {
			t.Errorf("got %v", f)
		}
		if got := server.Said(); !slices.Equal(got, []string{"me", "all"}) {
			t.Errorf("said %q", got)
		}
		_ = a.Close()
		synctest.Wait()
		if n := len(server.Members()); n != 0 {
			t.Errorf("%d ghosts", n)
		}
	})
}

func TestRecorder(t *testing.T) {
	updates := make(chan netchat.Update)
	rec := netchattest.Record(updates)
	say := func(text string) netchat.Message { return netchat.Message{Text: text} }
	updates <- &netchat.Event{Kind: netchat.KindMessage, Body: []byte(`{"text":"old"}`)}
	updates <- &netchat.Page{Snapshot: true, Messages: []netchat.Message{say("b")}}
	updates <- &netchat.Event{Kind: netchat.KindMessage, Body: []byte(`{"text":"c"}`)}
	updates <- &netchat.Page{Messages: []netchat.Message{say("a")}}
	close(updates)
	rec.Done(t)
	if got := rec.Texts(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("shown %q", got)
	}
	if n := len(netchattest.WaitOf[*netchat.Page](t, rec, 2)); n != 2 {
		t.Errorf("%d pages", n)
	}
	if got := netchattest.Describe(rec.Updates()); len(got) == 0 {
		t.Error("no description")
	}
}

package discovery

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

const goodHello = `{"homeroom":1,"room_id":"00000000000000000000000000000001","name":"教室 3.5","host":"Wang","members":3,"rich":true,"later":{}}`

// answering runs a host that answers every request with h, and returns its
// address.
func answering(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestHello(t *testing.T) {
	addr := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != HelloPath {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(goodHello))
	})
	got, err := Hello(t.Context(), addr)
	want := netchat.Advert{
		Room:  netchat.RoomInfo{ID: roomID(1), Name: "教室 3.5", Host: "Wang"},
		Addrs: []string{addr}, Members: 3, Rich: true,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHelloToSomethingElse(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no end":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxHelloBytes+1)) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, maxHelloBytes))
			}
		},
		"padded": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(goodHello + strings.Repeat(" ", maxHelloBytes)))
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"long headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 2*maxHelloHeader))
			_, _ = w.Write([]byte(goodHello))
		},
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := Hello(t.Context(), answering(t, handler)); !errors.Is(err, netchat.ErrNotARoom) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestHelloUnreached(t *testing.T) {
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = refusing.Close()
	for _, addr := range []string{refusing.Addr().String(), "", "nowhere", "host:0", "host:70000", ":80", "a/b:80", "a@b:80", "a b:80"} {
		if got, err := Hello(t.Context(), addr); !errors.Is(err, netchat.ErrUnreached) {
			t.Errorf("%q: got %+v, %v", addr, got, err)
		}
	}
}

func TestHelloEndsInTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts by its backlog, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	start := time.Now()
	if _, err := Hello(t.Context(), silent.Addr().String()); !errors.Is(err, netchat.ErrUnreached) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took < HelloTimeout || took > 2*HelloTimeout {
		t.Errorf("took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Hello(ctx, silent.Addr().String()); !errors.Is(err, context.Canceled) || !errors.Is(err, netchat.ErrUnreached) {
		t.Errorf("canceled: %v", err)
	}
}

// Go never sends requests for loopback addresses to a proxy, so that this can't
// be seen from outside here; the test in network namespaces sets one.
func TestHelloUsesNoProxy(t *testing.T) {
	if newTransport().Proxy != nil {
		t.Error("a proxy of the environment would be used")
	}
}

func TestDecodeHelloRefuses(t *testing.T) {
	cases := map[string]string{
		"empty":            ``,
		"null":             `null`,
		"a list":           `[]`,
		"no version":       strings.Replace(goodHello, `"homeroom":1,`, ``, 1),
		"version as text":  strings.Replace(goodHello, `:1,`, `:"1",`, 1),
		"version 0":        strings.Replace(goodHello, `:1,`, `:0,`, 1),
		"no id":            `{"homeroom":1}`,
		"a bad id":         strings.Replace(goodHello, `0000000001`, `000000000G`, 1),
		"id twice":         strings.Replace(goodHello, `"host"`, `"room_id"`, 1),
		"a number as name": strings.Replace(goodHello, `"教室 3.5"`, `5`, 1),
		"bad UTF-8":        strings.Replace(goodHello, `Wang`, "\xff", 1),
		"lone surrogate":   strings.Replace(goodHello, `Wang`, `\ud800`, 1),
		"long name":        strings.Replace(goodHello, `教室 3.5`, strings.Repeat("x", netchat.MaxRoomName+1), 1),
		"long host":        strings.Replace(goodHello, `Wang`, strings.Repeat("x", netchat.MaxName+1), 1),
		"many members":     strings.Replace(goodHello, `:3,`, `:5001,`, 1),
		"few members":      strings.Replace(goodHello, `:3,`, `:-2,`, 1),
		"half a member":    strings.Replace(goodHello, `:3,`, `:0.5,`, 1),
		"trailing data":    goodHello + "x",
		"deep":             `{"homeroom":` + strings.Repeat("[", 4000),
	}
	for name, body := range cases {
		if got, err := decodeHello([]byte(body)); !errors.Is(err, netchat.ErrNotARoom) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestDecodeHelloWithoutMembers(t *testing.T) {
	got, err := decodeHello([]byte(strings.Replace(goodHello, `"members":3,`, ``, 1)))
	if err != nil || got.Members != -1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What a later or a hostile host says there is no reason not to list it.
func TestDecodeHelloClaims(t *testing.T) {
	cases := map[string]netchat.Advert{
		`"tls":true,"app_only":true,"code":"3DE8S55VVC"`: {TLS: true, Code: "3DE8S55VVC", Room: netchat.RoomInfo{AppOnly: true}},
		`"tls":true,"app_only":false,"code":null`:        {TLS: true},
		`"code":""`:                {},
		`"code":"3DE8S-55VVC"`:     {}, // as people write it, not as hosts do
		`"code":"3DE8S55VVCC"`:     {},
		`"code":"3DE8S55VVU"`:      {}, // no such character
		`"code":"3de8s55vvc"`:      {},
		`"code":["3DE8S55VVC"]`:    {},
		`"code":{"3":"DE8S55VVC"}`: {},
		`"code":3`:                 {},
	}
	for claims, want := range cases {
		got, err := decodeHello([]byte(strings.Replace(goodHello, `"later":{}`, claims, 1)))
		if err != nil || got.TLS != want.TLS || got.Room.AppOnly != want.Room.AppOnly || got.Code != want.Code || got.Members != 3 {
			t.Errorf("%s: got %+v, %v", claims, got, err)
		}
	}
	for _, claims := range []string{`"tls":1`, `"app_only":"no"`, `"code":"\ud800"`, `"tls":true,"tls":false`} {
		if got, err := decodeHello([]byte(strings.Replace(goodHello, `"later":{}`, claims, 1))); !errors.Is(err, netchat.ErrNotARoom) {
			t.Errorf("%s: got %+v, %v", claims, got, err)
		}
	}
}

func FuzzDecodeHello(f *testing.F) {
	f.Add([]byte(goodHello))
	f.Add([]byte(`{"homeroom":1e0,"room_id":null}`))
	f.Add([]byte(strings.Replace(goodHello, `"later":{}`, `"tls":true,"app_only":true,"code":"3DE8S55VVC"`, 1)))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := decodeHello(body)
		if err != nil {
			if !errors.Is(err, netchat.ErrNotARoom) {
				t.Fatalf("unwrapped: %v", err)
			}
			return
		}
		if !a.Room.ID.Valid() || !utf8.ValidString(a.Room.Name+a.Room.Host) || a.Members < -1 || a.Members > netchat.MaxMembers || (a.Code != "" && !a.Code.Valid()) {
			t.Fatalf("accepted %+v", a)
		}
	})
}

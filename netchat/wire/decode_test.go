package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// invalid frames end a connection, whoever decodes them.
var invalid = []string{
	``, ` `, `x`, `1`, `null`, `"x"`, `[]`, `{`, `{}{}`, `{} x`, `{"a":}`, `{'a':1}`, `{"a":1,}`, `{"a":NaN}`, `{"a":01}`,
	`{"a":1,"a":2}`, `{"a":"\ud800"}`, `{"a":"\udc00\ud800"}`, `{"a":"\x"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\n\"}", "\xef\xbb\xbf{}",
	`{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
}

// wrongs are values that no text field may have.
var wrongs = []string{`null`, `1`, `1e999`, `true`, `[]`, `{}`, `["x"]`}

func TestInvalidFrames(t *testing.T) {
	for name, decode := range map[string]func([]byte) error{
		"hello":   func(b []byte) error { _, err := DecodeHello(b); return err },
		"plain":   func(b []byte) error { _, err := DecodePlain(b); return err },
		"command": func(b []byte) error { _, err := DecodeCommand(b); return err },
		"server":  func(b []byte) error { _, err := DecodeServer(b); return err },
	} {
		for _, frame := range invalid {
			if err := decode([]byte(frame)); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s takes %.40q: %v", name, frame, err)
			}
		}
	}
	for _, wrong := range wrongs {
		for _, field := range []string{"type", "to", "content"} {
			if c, err := DecodePlain([]byte(`{"` + field + `":` + wrong + `}`)); !errors.Is(err, ErrInvalid) {
				t.Errorf("plain %s %s: %+v, %v", field, wrong, c, err)
			}
		}
		if h, err := DecodeHello([]byte(`{"username":` + wrong + `}`)); !errors.Is(err, ErrInvalid) {
			t.Errorf("username %s: %+v, %v", wrong, h, err)
		}
	}
	for _, rich := range []string{`null`, `1`, `[]`, `"x"`, `{}`, `{"v":0}`, `{"v":"1"}`, `{"v":1,"key":"AAAA"}`, `{"v":1,"key":"?"}`, `{"v":1,"resume":[]}`, `{"v":1,"v":1}`} {
		if h, err := DecodeHello([]byte(`{"username":"x","homeroom":` + rich + `}`)); !errors.Is(err, ErrInvalid) {
			t.Errorf("homeroom %s: %+v, %v", rich, h, err)
		}
	}
	if _, err := DecodeCommand([]byte(`{}`)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a command without a type: %v", err)
	}
}

func TestWhatAnyEncoderWrites(t *testing.T) {
	deep := strings.Repeat("[", netchat.MaxDepth-1) + strings.Repeat("]", netchat.MaxDepth-1)
	for frame, want := range map[string]PlainCommand{
		" {\t\"content\" : \"a\\u0041\\ud83d\\ude00\\/\" \r\n}":       {Content: "aA😀/"},
		`{"type":"dance","content":"x","extra":` + deep + `}`:         {Content: "x"},
		`{"content":"","to":"","type":"private"}`:                     {Private: true},
		`{"Content":"other case"}`:                                    {},
		`{"type":"private","to":"张飞","content":"\u0000\u2028"}`:       {Private: true, To: "张飞", Content: "\x00\u2028"},
		`{"content":"` + strings.Repeat(`\u4e00`, 20_000) + `"}`:      {Content: strings.Repeat("一", 20_000)},
		`{"from":"x","sender_name":1,"timestamp":null,"content":"c"}`: {Content: "c"},
	} {
		got, err := DecodePlain([]byte(frame))
		if err != nil || got != want {
			t.Errorf("%.60q: %+v, %v", frame, got, err)
		}
	}
	h, err := DecodeHello([]byte(`{"x":[1,null],"username":""}`))
	if err != nil || h.Name != "" || !h.HasName || h.Rich != nil {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err = DecodeHello([]byte(`{}`)); err != nil || h.HasName {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestPlainFrames(t *testing.T) {
	f, err := DecodePlainFrame([]byte(`{"type":"public","from":"ab","sender_name":"n","content":"\ud800x","timestamp":"2026-11-23 05:06:07"}`))
	if err != nil || f.Content != "\uFFFDx" || !f.Time.Equal(time.Date(2026, 11, 23, 5, 6, 7, 0, time.Local)) {
		t.Errorf("%+v, %v", f, err)
	}
	for content, want := range map[string]netchat.SystemWhat{
		"张飞 进入聊天室": netchat.SystemJoined, "张飞 已离开": netchat.SystemLeft, "张飞": netchat.SystemOther,
	} {
		if what, name := ParseSystem(content); what != want || (want != netchat.SystemOther && name != "张飞") {
			t.Errorf("%s: %s, %q", content, what, name)
		}
	}
}

// agrees fails unless encoding/json, too, takes what we took.
func agrees(t *testing.T, frame []byte) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(frame, &fields); err != nil {
		t.Errorf("we took %q, encoding/json does not: %v", frame, err)
	}
}

func seeds(f *testing.F) {
	for _, frame := range invalid {
		f.Add([]byte(frame))
	}
	for _, wrong := range wrongs {
		f.Add([]byte(`{"username":` + wrong + `,"type":"private","to":"x","content":"y"}`))
	}
}

func FuzzDecodeHello(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, err := DecodeHello(frame)
		if err != nil {
			return
		}
		agrees(t, frame)
		if !utf8.ValidString(h.Name) {
			t.Errorf("name %q", h.Name)
		}
		if h.Rich == nil {
			return
		}
		again, err := EncodeHello(h.Name, *h.Rich)
		if err != nil {
			t.Fatal(err)
		}
		if g, err := DecodeHello(again); err != nil || g.Name != h.Name || g.Rich == nil {
			t.Errorf("%q comes back as %+v, %v", again, g, err)
		}
	})
}

func FuzzDecodePlain(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := DecodePlain(frame)
		if err != nil {
			return
		}
		agrees(t, frame)
		out := EncodePublic("00112233", c.To, c.Content, time.Time{})
		back, err := DecodePlainFrame(out)
		if err != nil || back.Content != c.Content || back.SenderName != c.To {
			t.Errorf("%q goes out as %q: %v", frame, out, err)
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"type":"message","id":"0123456789abcdef0123456789abcdef","to":["x"],"text":"t","before":1,"n":2,"sig":"AAAA"}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := DecodeCommand(frame)
		if err != nil {
			return
		}
		agrees(t, frame)
		again, err := EncodeCommand(c)
		if err != nil {
			t.Fatal(err)
		}
		if g, err := DecodeCommand(again); err != nil || g.Text != c.Text || g.ID != c.ID || len(g.To) != len(c.To) {
			t.Errorf("%q comes back as %+v, %v", again, g, err)
		}
	})
}

func FuzzDecodeServer(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"type":"event","event":{"epoch":"1-0","seq":1,"time":5,"id":"a","kind":"message","author":"b","audience":["c"],"body":{"name":"n","text":"t"},"salt":"AA==","digest":"AA==","chain":"AA=="}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		s, err := DecodeServer(frame)
		if err != nil {
			return
		}
		if s.Event != nil {
			e := s.Event.Noun()
			_, _ = netchat.MessageOf(e)
			_ = e.VisibleTo("x", true)
		}
		if _, err := EncodeServer(s); err != nil && s.Event == nil {
			t.Errorf("%q cannot be written again: %v", frame, err)
		}
	})
}

func FuzzDecodePlainFrame(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"type":"user_list","users":[{"client_id":"a","username":"b"}]}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		p, err := DecodePlainFrame(frame)
		if err != nil {
			return
		}
		for _, u := range p.Users {
			if !utf8.ValidString(u.Name) {
				t.Errorf("name %q", u.Name)
			}
		}
	})
}

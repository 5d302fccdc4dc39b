package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

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
		`{"Content":"other case"}`:                                    {Void: true},
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

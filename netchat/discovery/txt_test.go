package discovery

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestTextKeepsEveryName(t *testing.T) {
	names := []string{
		"",
		"教室 3.5",
		`quotes " and \ and \065 and = and .`,
		strings.Repeat("长", 70),
		strings.Repeat("x", 70),
		strings.Repeat("y", netchat.MaxRoomName),
		"line\nbreak\x00",
		"a.b\\.c..", // dots, also escaped ones
		"👩‍🏫 Klasse 3️⃣🏳️‍🌈",                       // emoji that are several runes
		"צוות \u202eabc\u202c فصل ٣",               // from right to left
		"\\\\\\032\"\"",                            // nothing but escapes
		strings.Repeat("🎈", netchat.MaxRoomName/4), // TXT strings over 255 bytes, were they not cut
	}
	for _, name := range names {
		want := netchat.RoomInfo{ID: roomID(7), Name: name}
		text := encodeText(want)
		for _, s := range text {
			if len(s) > maxTextString {
				t.Errorf("%q: a TXT string of %d bytes", name, len(s))
			}
		}
		got, err := decodeText(text)
		if err != nil || got.Room != want || !got.TLS {
			t.Errorf("%q came back as %+v, %v", name, got, err)
		}
	}
}

func TestTextRefuses(t *testing.T) {
	id := "id=" + string(roomID(1))
	cases := map[string][]string{
		"nothing":         nil,
		"no version":      {id},
		"another version": {"v=2", id},
		"no id":           {"v=1"},
		"a short id":      {"v=1", "id=abc"},
		"a capital id":    {"v=1", "id=" + strings.Repeat("A", 32)},
		"no base64":       {"v=1", id, "n=***"},
		"no UTF-8":        {"v=1", id, "n=_w"},
		"a long name":     {"v=1", id, "n=" + strings.Repeat("eHh4", 90)},
		"too many":        append(make([]string, maxTextStrings), "v=1", id),
	}
	for name, text := range cases {
		if got, err := decodeText(text); !errors.Is(err, errText) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestTextEscapedAndDoubled(t *testing.T) {
	// v=1 as \118\061\049, then a second id that must not count.
	text := []string{`\118\061\049`, "id=" + string(roomID(1)), "id=" + string(roomID(2)), "later=unknown", `n=\101Hg`}
	got, err := decodeText(text)
	if err != nil || got.Room != (netchat.RoomInfo{ID: roomID(1), Name: "xx"}) || got.TLS {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTextTLS(t *testing.T) {
	for said, want := range map[string]bool{"tls=1": true, "tls=0": false, "tls=": false, "tls": false, "tls=11": false, "TLS=1": false} {
		if got, err := decodeText([]string{"v=1", "id=" + string(roomID(1)), said}); err != nil || got.TLS != want {
			t.Errorf("%q: %+v, %v", said, got, err)
		}
	}
}

func TestUnescape(t *testing.T) {
	cases := map[string]string{
		`\230\149\153\229\174\164\ 3.5`: "教室 3.5",
		`a\\b\"c`:                       `a\b"c`,
		`\999`:                          "999",
		`\25`:                           "25",
		`end\`:                          `end\`,
		"plain":                         "plain",
	}
	for in, want := range cases {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzDecodeText(f *testing.F) {
	f.Add("v=1", "id="+string(roomID(1)), `n=\101Hg`)
	f.Add("v=1", "n", "=")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		said, err := decodeText([]string{a, b, c})
		if err != nil {
			return
		}
		room := said.Room
		if !room.ID.Valid() || !utf8.ValidString(room.Name) || len(room.Name) > netchat.MaxRoomName {
			t.Fatalf("accepted %+v", room)
		}
		if again, err := decodeText(encodeText(room)); err != nil || again.Room != room {
			t.Fatalf("%+v came back as %+v, %v", room, again, err)
		}
	})
}

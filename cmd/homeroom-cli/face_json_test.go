package main

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

const testID = "0123456789abcdef0123456789abcdef"

func TestJSONInput(t *testing.T) {
	m := roomOf(member("aaaaaaaa", "me"), member("bbbbbbbb", "张飞"), member("dddddddd", "twin"), member("eeeeeeee", "twin"))
	to := member("bbbbbbbb", "").ID
	for _, c := range []struct {
		line    string
		text    string
		to      netchat.MemberID
		refused string // part of the line written instead
	}{
		{line: `{"type":"public","content":"hi"}`, text: "hi"},
		{line: ` {"content":"hi\nthere","type":"public","extra":[1]} `, text: "hi\nthere"},
		{line: `{"type":"public","content":"","id":"` + testID + `"}`},
		{line: `{"type":"private","to":"bbbbbbbb","content":"hi"}`, text: "hi", to: to},
		{line: `{"type":"private","to":"张飞","content":"hi"}`, text: "hi", to: to},
		{line: `{"type":"private","to":"` + string(to) + `","content":"hi"}`, text: "hi", to: to},
		{line: `{"type":"private","to":"` + testID + `","content":"hi"}`, text: "hi", to: testID},
		{line: `{"type":"private","to":"twin","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"private","to":"nobody","content":"hi","id":"` + testID + `"}`, refused: `"id":"` + testID + `","reason":"no_recipient"`},
		{line: `{"type":"private","to":"","content":"hi"}`, refused: `"reason":"no_recipient"`},
		{line: `{"type":"private","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public","to":"bbbbbbbb","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public","To":"bbbbbbbb","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public","TO":null,"content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"PRIVATE","to":"bbbbbbbb","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public"}`, refused: "content is missing"},
		{line: `{"type":"public","content":null}`, refused: "content is missing"},
		{line: `{"type":"public","content":5}`, refused: `"reason":"invalid"`},
		{line: `{"type":"dance","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"content":"hi"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public","content":"hi","id":"ABC"}`, refused: `"id":"ABC","reason":"invalid"`},
		{line: `{"type":"public","content":"hi","id":"` + strings.ToUpper(testID) + `"}`, refused: `"reason":"invalid"`},
		{line: `{"type":"public","type":"private","content":"hi"}`, refused: `"reason":"invalid"`},
		{line: "{\"type\":\"public\",\"content\":\"\xff\"}", refused: `"reason":"invalid"`},
		{line: `hello`, refused: `"reason":"invalid"`},
		{line: `[1]`, refused: "no JSON object"},
		{line: `null`, refused: "no JSON object"},
		{line: `{"type":"public","content":"hi"} x`, refused: `"reason":"invalid"`},
		{line: strings.Repeat("[", 20000), refused: `"reason":"invalid"`},
		{line: `{"x":` + strings.Repeat("[", 20000), refused: `"reason":"invalid"`},
	} {
		var out bytes.Buffer
		f := &jsonFace{random: rand.Reader, out: &out}
		got, err := f.read(m, typed{line: c.line})
		if err != nil {
			t.Fatal(err)
		}
		if c.refused != "" {
			if !strings.Contains(out.String(), c.refused) || !strings.HasPrefix(out.String(), `{"type":"refused"`) || got.post != nil || !got.failed {
				t.Errorf("%.80s: wrote %q, %+v; want %q", c.line, out.String(), got, c.refused)
			}
			continue
		}
		if out.Len() > 0 || got.post == nil {
			t.Errorf("%s: refused with %s", c.line, out.String())
			continue
		}
		p := got.post
		if p.Text != c.text || !p.ID.Valid() || (c.to == "") != (len(p.To) == 0) || (c.to != "" && p.To[0] != c.to) {
			t.Errorf("%s: %+v", c.line, p)
		}
	}
}

func TestJSONBlankLinesAreIgnored(t *testing.T) {
	var out bytes.Buffer
	f := &jsonFace{random: rand.Reader, out: &out}
	for _, line := range []string{"", "  ", "\t"} {
		if got, err := f.read(&mirror{}, typed{line: line}); err != nil || got != (intent{}) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("wrote %s", out.String())
	}
}

func FuzzJSONInput(f *testing.F) {
	f.Add([]byte(`{"type":"public","content":"hi","id":"` + testID + `"}`))
	f.Add([]byte(`{"type":"private","to":"me","content":"\ud800"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var out bytes.Buffer
		face := &jsonFace{random: rand.Reader, out: &out}
		got, err := face.read(roomOf(member("aaaaaaaa", "me")), typed{line: string(line)})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n > 1 || (n == 1) != got.failed {
			t.Errorf("wrote %q for %+v", out.String(), got)
		}
		if got.post != nil && !got.post.ID.Valid() {
			t.Errorf("id %q", got.post.ID)
		}
	})
}

package transcript_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/transcript"
)

// zone is no one's machine's.
var zone = time.FixedZone("far", 8*60*60)

func texts() transcript.Texts {
	return transcript.Texts{
		Lang: "en", Saved: "Saved today", Empty: "No messages", Erased: "[erased]", ForHosts: "for the hosts",
		PrivateTo: func(names []string) string { return "private to " + strings.Join(names, ", ") },
	}
}

func memberID(n int) netchat.MemberID { return netchat.MemberID(fmt.Sprintf("%032x", n)) }

// A script is events with Seqs and times in order.
type script []*netchat.Event

// say adds a message, by default for all.
func (s *script) say(author int, name, text string, audience ...netchat.Audience) *netchat.Event {
	body, err := json.Marshal(netchat.MessageBody{Name: name, Text: text})
	if err != nil {
		panic(err)
	}
	n := len(*s) + 1
	e := &netchat.Event{
		Epoch: "1-0123456789abcdef", Seq: uint64(n), ID: netchat.EventID(fmt.Sprintf("%032x", n)), Kind: netchat.KindMessage,
		Time:   time.Date(2026, 11, 23, 15, 59, 57, 0, time.UTC).Add(time.Duration(n) * time.Second),
		Author: memberID(author), Audience: append(audience, netchat.ToAll())[0], Body: body, Salt: []byte("0123456789abcdef"),
	}
	*s = append(*s, e)
	return e
}

func (s script) all() iter.Seq2[*netchat.Event, error] { return s.failing(len(s), nil) }

// failing yields n events and then err, if any.
func (s script) failing(n int, err error) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		for _, e := range s[:n] {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func written(t *testing.T, s script, o transcript.Options) string {
	t.Helper()
	o.Texts, o.Zone = texts(), zone
	var b bytes.Buffer
	if err := transcript.Write(&b, s.all(), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	var s script
	s.say(1, "张飞", "大家好\r\n23:59:58 张飞: forged\u2028too\x1b[2J\u202e")
	s.say(2, "Bo\n", "psst", netchat.ToMembers(memberID(1), memberID(3), memberID(4), memberID(5)))
	erased := s.say(1, "张飞", "")
	erased.Body, erased.Salt = nil, nil
	s.say(3, "Cy", "to the hosts", netchat.Audience{Scope: netchat.ScopeHosts})
	unknown := s.say(3, "Cy", "")
	unknown.Kind = "of-the-future"
	s.say(1, "翼德", "renamed")
	s.say(2, "Bo\n", "to the renamed", netchat.ToMembers(memberID(1)))
	got := written(t, s, transcript.Options{Format: transcript.Text, Room: "Room\t3.5", NameOf: func(id netchat.MemberID) string {
		return map[netchat.MemberID]string{memberID(4): "Di"}[id]
	}})
	want := `Room␉3.5
Saved today

--- 2026-11-23 ---
23:59:58 张飞: 大家好
    23:59:58 张飞: forged
    too␛[2J<U+202E>
23:59:59 Bo␊ (private to 张飞, Cy, Di, 00000000): psst

--- 2026-11-24 ---
00:00:00 张飞: [erased]
00:00:01 Cy (for the hosts): to the hosts
00:00:03 翼德: renamed
00:00:04 Bo␊ (private to 翼德): to the renamed
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNamesakesAreToldApart(t *testing.T) {
	var s script
	s.say(1, "Ada", "one")
	s.say(2, "АDA", "two") // its first letter is Cyrillic
	s.say(3, "Cy", "three", netchat.ToMembers(memberID(1)))
	for i, digit := range []string{"a", "b", "c"} {
		id := netchat.MemberID(strings.Repeat(digit, 32))
		s[i].Author = id
	}
	s[2].Audience = netchat.ToMembers(s[0].Author)
	got := written(t, s, transcript.Options{Format: transcript.Text})
	for _, want := range []string{" Ada (aaaaaaaa): one", " АDA (bbbbbbbb): two", " Cy (private to Ada (aaaaaaaa)): three"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestEmpty(t *testing.T) {
	for _, format := range []transcript.Format{transcript.Text, transcript.HTML} {
		if got := written(t, nil, transcript.Options{Format: format, Room: "R"}); strings.Count(got, "No messages") != 1 {
			t.Errorf("%s: %s", format, got)
		}
	}
	if got := written(t, nil, transcript.Options{Format: transcript.JSONLines}); got != "" {
		t.Errorf("%q", got)
	}
}

// hostile are texts that would be something else if they were not escaped.
func hostile() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</p></article><h2>forged", "</style><script>1</script>",
		"&lt;b&gt; &amp;", "<!--", "]]>", "a\x00b\x1b[0m\u202e\ufeff", "'", "\u2028", "  two  blanks ",
	}
}

// TestPageIsHarmless puts hostile texts everywhere and reads the page as a browser
// would: nothing of them is more than text, and every text is there.
func TestPageIsHarmless(t *testing.T) {
	for _, evil := range hostile() {
		var s script
		s.say(1, evil, evil)
		s.say(2, "Bo", "first\n\tsecond", netchat.ToMembers(memberID(1)))
		page := written(t, s, transcript.Options{Format: transcript.HTML, Room: evil})
		elements, paragraphs := parsePage(t, page)
		want := []string{"article", "bdi", "body", "h1", "h2", "head", "html", "meta", "p", "style", "time", "title"}
		if !slices.Equal(elements, want) {
			t.Errorf("%q: elements %v", evil, elements)
		}
		if len(paragraphs) != 3 || paragraphs[2] != "first\n\tsecond" {
			t.Errorf("%q: %q", evil, paragraphs)
		} else if got := paragraphs[1]; got != evil && !strings.ContainsAny(evil, "\x00\u2028") {
			t.Errorf("%q became %q", evil, got)
		}
		if strings.ContainsAny(page, "\x00\x1b\u202e\ufeff") {
			t.Errorf("%q: control characters are in the page", evil)
		}
		if strings.Count(page, `<article class="private">`) != 1 || !strings.Contains(page, `<bdi class="mark">private to `) {
			t.Errorf("%q: the private one is not marked: %s", evil, page)
		}
	}
}

// parsePage returns which elements are in a page, and the texts of its paragraphs.
func parsePage(t *testing.T, page string) (elements, paragraphs []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	inside := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			slices.Sort(elements)
			return slices.Compact(elements), paragraphs
		}
		if err != nil {
			t.Fatalf("%v in %s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local
			elements = append(elements, inside)
			if inside == "p" {
				paragraphs = append(paragraphs, "")
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "src" || a.Name.Local == "href" {
					t.Errorf("an attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			inside = ""
		case xml.CharData:
			if inside == "p" {
				paragraphs[len(paragraphs)-1] += string(token)
			}
		case xml.Comment, xml.ProcInst:
			t.Errorf("%T in the page", token)
		}
	}
}

func TestJSONLines(t *testing.T) {
	var s script
	for _, text := range hostile() {
		s.say(1, text, text)
	}
	private := s.say(2, "Bo", "psst", netchat.ToMembers(memberID(3), memberID(1)))
	erased := s.say(2, "Bo", "gone")
	erased.Body, erased.Salt = nil, nil
	lines := strings.Split(strings.TrimSuffix(written(t, s, transcript.Options{Format: transcript.JSONLines}), "\n"), "\n")
	if len(lines) != len(s) {
		t.Fatalf("%d lines for %d events", len(lines), len(s))
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		e := s[i]
		m, _ := netchat.MessageOf(e)
		for key, want := range map[string]any{
			"seq": float64(e.Seq), "epoch": string(e.Epoch), "id": string(e.ID), "kind": string(e.Kind), "from": string(e.Author),
			"content": m.Text, "sender_name": m.Name,
		} {
			if got[key] != want {
				t.Errorf("%s is %v, not %v", key, got[key], want)
			}
		}
		switch audience := fmt.Sprint(got["audience"]); {
		case e == private && audience != fmt.Sprint([]netchat.MemberID{memberID(1), memberID(3)}), e != private && audience != "all":
			t.Errorf("audience %s of %d", audience, e.Seq)
		}
		if (got["erased"] == true) != (e == erased) {
			t.Errorf("erased: %v", line)
		}
	}
	if !strings.Contains(lines[0], `"timestamp":"2026-11-23T15:59:58.000Z"`) {
		t.Error(lines[0])
	}
}

func TestProgress(t *testing.T) {
	var s script
	for range 1000 {
		s.say(1, "Ada", "x")
	}
	for _, format := range transcript.Formats() {
		var told []uint64
		total := uint64(0)
		written(t, s, transcript.Options{Format: format, Events: 900, Progress: func(done, of uint64) {
			told, total = append(told, done), of
		}})
		if len(told) < 4 || !slices.IsSorted(told) || told[0] == 0 || told[len(told)-1] != total || total%900 != 0 {
			t.Errorf("%s: %v of %d", format, told, total)
		}
	}
}

// brokenWriter takes so many bytes.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestErrorsEndIt(t *testing.T) {
	var s script
	for range 10 {
		s.say(1, "Ada", strings.Repeat("x", 50_000))
	}
	broken := errors.New("broken")
	for _, format := range transcript.Formats() {
		o := transcript.Options{Format: format, Texts: texts()}
		if err := transcript.Write(io.Discard, s.failing(2, broken), o); !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
		passed := 0
		counted := func(yield func(*netchat.Event, error) bool) {
			for e := range s.all() {
				passed++
				if !yield(e, nil) {
					return
				}
			}
		}
		if err := transcript.Write(&brokenWriter{60_000}, counted, o); !errors.Is(err, io.ErrClosedPipe) || passed == len(s)*2 {
			t.Errorf("%s: %v after %d", format, err, passed)
		}
	}
	if err := transcript.Write(io.Discard, s.all(), transcript.Options{Format: "pdf"}); err == nil {
		t.Error("a format that is none")
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "房间.txt")
	var s script
	for range 20 {
		s.say(1, "Ada", strings.Repeat("x", 50_000))
	}
	o := transcript.Options{Format: transcript.Text, Room: "R", Texts: texts(), Zone: zone}
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(what, want string) {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("%s: %v, %v", what, entries, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %.50q, %v", what, got, err)
		}
	}
	broken := errors.New("broken")
	if err := transcript.Save(t.Context(), path, s.failing(19, broken), o); !errors.Is(err, broken) {
		t.Error(err)
	}
	check("after an error", "old")

	ctx, cancel := context.WithCancel(t.Context())
	o.Progress, o.Events = func(done, _ uint64) { cancel() }, 20
	long := make(script, 0, 600)
	for range 600 {
		long.say(1, "Ada", "x")
	}
	passed := 0
	counted := func(yield func(*netchat.Event, error) bool) {
		for e := range long.all() {
			if passed++; !yield(e, nil) {
				return
			}
		}
	}
	if err := transcript.Save(ctx, path, counted, o); !errors.Is(err, context.Canceled) || passed >= len(long) {
		t.Errorf("%v after %d events", err, passed)
	}
	check("after it was cancelled", "old")

	ctx, cancel = context.WithCancel(t.Context()) // by Progress at the very end
	defer cancel()
	if err := transcript.Save(ctx, path, s.all(), o); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	check("cancelled at the end", "old")

	o.Progress = nil
	if err := transcript.Save(t.Context(), path, s.all(), o); err != nil {
		t.Error(err)
	}
	check("done", written(t, s, o))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info, err)
	}
	if err := transcript.Save(t.Context(), filepath.Join(dir, "none", "x"), s.all(), o); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

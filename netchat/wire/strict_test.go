package wire

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// A place is where a value stands in a golden frame.
type place struct {
	path       string // of keys and [], from the outermost object
	kind       jsontext.Kind
	key        int // where its name begins; -1: an element
	start, end int
}

// places finds every value in a frame without white space, outermost first.
func places(t *testing.T, frame []byte) []place {
	t.Helper()
	dec := jsontext.NewDecoder(strings.NewReader(string(frame)))
	next := func() int { // where the next token begins
		at := int(dec.InputOffset())
		for at < len(frame) && strings.IndexByte(":,", frame[at]) >= 0 {
			at++
		}
		return at
	}
	token := func() jsontext.Token {
		tok, err := dec.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var found []place
	var value func(path string, key int)
	value = func(path string, key int) {
		i := len(found)
		kind := dec.PeekKind()
		found = append(found, place{path: path, kind: kind, key: key, start: next()})
		token()
		for kind == '{' && dec.PeekKind() != '}' {
			key := next()
			value(path+"/"+token().String(), key)
		}
		for kind == '[' && dec.PeekKind() != ']' {
			value(path+"/[]", -1)
		}
		if kind == '{' || kind == '[' {
			token()
		}
		found[i].end = int(dec.InputOffset())
	}
	value("", -1)
	return found
}

func splice(frame []byte, from, to int, with string) []byte {
	return slices.Concat(frame[:from], []byte(with), frame[to:])
}

// inBody tells the values that belong to a Kind, not to the envelope.
func inBody(p place) bool { return strings.HasPrefix(p.path, "/event/body/") }

// anyType are the fields in which a plain host passes on what a member wrote.
func anyType(name string, p place) bool {
	return strings.HasPrefix(name, "v1/plain-") && slices.Contains([]string{"/users/[]/username", "/sender_name", "/content"}, p.path)
}

// wrongFor are values that no field of that kind takes.
func wrongFor(p place) []string {
	wrong := []string{
		`null`, `NaN`, `Infinity`, `-`, `01`, `tru`, `'x'`, `1e9999`, `1.5`, `18446744073709551616`, `1e1`,
		`"\ud800"`, `"\udc00\ud800"`, `"\ud800x"`, "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
		"\"\n\"", "\"\x00\"", `"\x41"`, `"\u12"`, `"`,
	}
	for kind, values := range map[jsontext.Kind][]string{
		'"': {`""`, `"1"`, `"true"`}, '0': {`0`, `1`}, 't': {`true`, `false`}, '{': {`{}`}, '[': {`[]`, `["x"]`, `[[]]`},
	} {
		if kind != p.kind && (kind != 't' || p.kind != 'f') {
			wrong = append(wrong, values...)
		}
	}
	signed := []string{"/v", "/n", "/time"}
	if p.kind == '0' && !slices.ContainsFunc(signed, func(s string) bool { return strings.HasSuffix(p.path, s) }) {
		wrong = append(wrong, `-1`)
	}
	return wrong
}

// TestWrongTypesAreRefused puts every kind of wrong value into every field of
// every golden frame.
func TestWrongTypesAreRefused(t *testing.T) {
	tried := 0
	for name, frame := range goldenFiles(t) {
		for _, p := range places(t, frame) {
			if inBody(p) || anyType(name, p) {
				continue
			}
			for _, wrong := range wrongFor(p) {
				if scopeOrSurrogate(name, p, wrong) {
					continue
				}
				tried++
				bad := splice(frame, p.start, p.end, wrong)
				if got, err := readGolden(name, bad); !errors.Is(err, ErrInvalid) {
					t.Errorf("%s: %s: %q is taken as %+v, %v", name, p.path, wrong, got, err)
				}
			}
		}
	}
	if tried < 3000 {
		t.Errorf("only %d were tried", tried)
	}
}

// scopeOrSurrogate tells what is no fault: an audience may be a list or a word,
// and a plain host passes on lone surrogates.
func scopeOrSurrogate(name string, p place, wrong string) bool {
	if strings.HasSuffix(p.path, "/audience") && slices.Contains([]string{`[]`, `["x"]`, `""`, `"1"`, `"true"`}, wrong) {
		return true
	}
	return strings.HasPrefix(name, "v1/plain-") && p.kind == '"' && strings.Contains(wrong, `\ud800`)
}

// TestBodiesAreObjects: what is in a body is up to its Kind, but a torn one
// would not be JSON.
func TestBodiesAreObjects(t *testing.T) {
	frame := goldenFiles(t)["v1/host-event"]
	for _, p := range places(t, frame) {
		if p.path != "/event/body/text" {
			continue
		}
		for _, fine := range []string{`null`, `1`, `[]`, `{"x":[null]}`} {
			if _, err := DecodeServer(splice(frame, p.start, p.end, fine)); err != nil {
				t.Errorf("text %s: %v", fine, err)
			}
		}
		for _, bad := range []string{`"\ud800"`, `NaN`, "\"\xff\"", `{"a":1,"a":1}`} {
			if _, err := DecodeServer(splice(frame, p.start, p.end, bad)); !errors.Is(err, ErrInvalid) {
				t.Errorf("text %q: %v", bad, err)
			}
		}
		return
	}
	t.Fatal("no body")
}

// TestKeysAreRefusedTwice doubles every key, as it is and escaped.
func TestKeysAreRefusedTwice(t *testing.T) {
	for name, frame := range goldenFiles(t) {
		for _, p := range places(t, frame) {
			if p.key < 0 {
				continue
			}
			member := string(frame[p.key:p.end])
			for _, twin := range []string{member, fmt.Sprintf(`"\u%04x%s`, member[1], member[2:])} {
				bad := splice(frame, p.key, p.key, twin+",")
				if got, err := readGolden(name, bad); !errors.Is(err, ErrInvalid) {
					t.Errorf("%s: %q is taken as %+v, %v", name, bad, got, err)
				}
			}
		}
	}
}

// TestUnknownKeysAreIgnored, and a key in another case is an unknown one. A rich
// message with a recipient in another case is invalid: it must not reach all.
func TestUnknownKeysAreIgnored(t *testing.T) {
	for name, frame := range goldenFiles(t) {
		want, err := readGolden(name, frame)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range places(t, frame) {
			if inBody(p) || p.path == "/event/body" {
				continue
			}
			if p.kind == '{' {
				more := splice(frame, p.start+1, p.start+1, `"X":null,"y z":[1e999,{"":""}]`+strings.Repeat(",", min(1, p.end-p.start-2)))
				if got, err := readGolden(name, more); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %q reads as %+v, %v", name, more, got, err)
				}
			}
			if p.key < 0 {
				continue
			}
			key := string(frame[p.key : p.start-1])
			shouted, shoutedErr := readGolden(name, splice(frame, p.key, p.start-1, strings.ToUpper(key)))
			if name == "v1/client-message" && p.path == "/to" {
				if !errors.Is(shoutedErr, ErrInvalid) {
					t.Errorf("%s: a message with TO: %+v, %v", name, shouted, shoutedErr)
				}
				continue
			}
			absent, absentErr := readGolden(name, splice(frame, p.key, p.start-1, `"X"`))
			if (shoutedErr == nil) != (absentErr == nil) || !reflect.DeepEqual(shouted, absent) {
				t.Errorf("%s: %s is taken as %s: %+v", name, strings.ToUpper(key), key, shouted)
			}
		}
	}
}

// TestTornFramesAreRefused cuts every golden frame everywhere, and adds to it.
func TestTornFramesAreRefused(t *testing.T) {
	for name, frame := range goldenFiles(t) {
		for n := range frame {
			if _, err := readGolden(name, frame[:n]); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %q: %v", name, frame[:n], err)
			}
		}
		for _, more := range []string{"{}", "x", ",", "}", "]", "\x00", "\xff", "null", "\u00a0", "\u2028"} {
			for _, bad := range []string{string(frame) + more, more + string(frame)} {
				if _, err := readGolden(name, []byte(bad)); !errors.Is(err, ErrInvalid) {
					t.Errorf("%s: %q: %v", name, bad, err)
				}
			}
		}
		if _, err := readGolden(name, []byte(" \t\r\n"+string(frame)+"\n\r\t ")); err != nil {
			t.Errorf("%s with white space: %v", name, err)
		}
	}
}

// TestDepth: what is nested deeper than MaxDepth is refused by every decoder,
// also where nobody looks at it; brackets in strings do not count.
func TestDepth(t *testing.T) {
	for name, frame := range goldenFiles(t) {
		for depth, fine := range map[int]bool{netchat.MaxDepth: true, netchat.MaxDepth + 1: false, 10_000: false} {
			for _, brackets := range []string{"[]", "{}"} {
				open := brackets[:1]
				if open == "{" {
					open = `{"a":`
				}
				deep := strings.Repeat(open, depth-2) + brackets + strings.Repeat(brackets[1:], depth-2)
				_, err := readGolden(name, splice(frame, 1, 1, `"x":`+deep+strings.Repeat(",", min(1, len(frame)-2))))
				if (err == nil) != fine || (err != nil && !errors.Is(err, ErrInvalid)) {
					t.Errorf("%s: %d levels of %s: %v", name, depth, brackets, err)
				}
			}
		}
		quoted := splice(frame, 1, 1, `"x":"`+strings.Repeat(`[{\"\\`, 1000)+`",`)
		if _, err := readGolden(name, quoted); err != nil {
			t.Errorf("%s: brackets in a string: %v", name, err)
		}
	}
}

// TestRichFieldsOfWrongForm are of the right type and yet nothing to act on.
func TestRichFieldsOfWrongForm(t *testing.T) {
	for frame, decode := range map[string]func([]byte) error{
		`{"type":"","id":"x"}`:                                    command,
		`{"type":"message","to":[]}`:                              command, // to nobody is not to everybody
		`{"type":"proof","sig":"A"}`:                              command,
		`{"type":"proof","sig":"AAAA\n"}`:                         command,
		`{"type":"history","n":1.0}`:                              command,
		`{"type":"history","before":-0.5}`:                        command,
		`{"homeroom":{"v":1,"key":""}}`:                           hello, // verifying by it would panic
		`{"homeroom":{"v":1,"key":"AAAA"}}`:                       hello,
		`{"homeroom":{"v":-1}}`:                                   hello,
		`{"homeroom":{"key":"` + strings.Repeat("A", 43) + `="}}`: hello,
		`{"homeroom":{"v":1,"resume":{"epoch":null}}}`:            hello,
		`{"homeroom":{"v":1,"resume":null}}`:                      hello,
	} {
		if err := decode([]byte(frame)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s is taken: %v", frame, err)
		}
	}
}

func command(frame []byte) error { _, err := DecodeCommand(frame); return err }
func hello(frame []byte) error   { _, err := DecodeHello(frame); return err }

package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// seeds are the frames that every target begins with.
func seeds(f *testing.F, own ...string) {
	f.Helper()
	for _, frame := range append(own, invalid...) {
		if len(frame) < 1000 {
			f.Add([]byte(frame))
		}
	}
	for _, wrong := range wrongs {
		f.Add([]byte(`{"username":` + wrong + `,"type":"private","to":"x","content":"y"}`))
	}
	for _, frame := range golden(f) {
		f.Add(frame)
	}
	f.Add([]byte(strings.Repeat(`{"x":`, netchat.MaxDepth) + `1` + strings.Repeat(`}`, netchat.MaxDepth)))
	f.Add([]byte(`{"content":"\u0000\ud83d\ude00\/","type":"private","to":"\u2028"}`))
}

// agree fails unless encoding/json takes the frame, too, and reads the same
// texts: want holds what we read, by key, "" for what may be absent.
func agree(t *testing.T, frame []byte, want map[string]string) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(frame, &fields); err != nil {
		t.Fatalf("we took %q, encoding/json does not: %v", frame, err)
	}
	for key, text := range want {
		var theirs string
		if raw, ok := fields[key]; ok {
			if err := json.Unmarshal(raw, &theirs); err != nil {
				t.Fatalf("%s of %q: %v", key, frame, err)
			}
		}
		if theirs != text {
			t.Fatalf("%s of %q: %q, encoding/json reads %q", key, frame, text, theirs)
		}
		if !utf8.ValidString(text) {
			t.Fatalf("%s of %q is no UTF-8", key, frame)
		}
	}
}

// stable fails unless what was read is written, read again, and written alike.
func stable[T any](t *testing.T, read T, encode func(T) ([]byte, error), decode func([]byte) (T, error)) T {
	t.Helper()
	once, err := encode(read)
	if err != nil {
		t.Fatalf("%+v cannot be written: %v", read, err)
	}
	back, err := decode(once)
	if err != nil {
		t.Fatalf("%s cannot be read again: %v", once, err)
	}
	twice, err := encode(back)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("%s is written as %s after reading: %v", once, twice, err)
	}
	return back
}

func FuzzDecodeHello(f *testing.F) {
	seeds(f, `{"username":"x","homeroom":{"v":1,"key":""}}`)
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, err := DecodeHello(frame)
		if err != nil {
			return
		}
		agree(t, frame, map[string]string{"username": h.Name})
		if h.Rich == nil {
			return
		}
		if n := len(h.Rich.Key); n != 32 && h.Rich.Key != nil {
			t.Errorf("a key of %d bytes", n)
		}
		stable(t, h, func(h Hello) ([]byte, error) { return EncodeHello(h.Name, *h.Rich) }, DecodeHello)
	})
}

func FuzzDecodePlain(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := DecodePlain(frame)
		if err != nil {
			return
		}
		agree(t, frame, map[string]string{"to": c.To, "content": c.Content})
		if back := stable(t, c, EncodePlain, DecodePlain); c.Private && back != c || back.Content != c.Content {
			t.Errorf("%+v comes back as %+v", c, back)
		}
		// What is let in goes out to everybody and must be readable there.
		out := EncodePublic("00112233", c.To, c.Content, time.Time{})
		agree(t, out, map[string]string{"type": "public", "from": "00112233", "sender_name": c.To, "content": c.Content})
		back, err := DecodePlainFrame(out)
		if err != nil || back.Content != c.Content || back.SenderName != c.To {
			t.Errorf("%q goes out as %q: %v", frame, out, err)
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	seeds(f, `{"type":"message","id":"0123456789abcdef0123456789abcdef","to":["x"],"text":"t","before":1,"n":2,"sig":"AAAA"}`, `{"type":"rename","id":"x","name":"\u0000 "}`, `{"type":"history","after":18446744073709551615,"around":1,"n":-1}`, `{"type":"search","text":"作业","n":1}`, `{"type":"message","to":null}`)
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := DecodeCommand(frame)
		if err != nil {
			return
		}
		agree(t, frame, map[string]string{"type": c.Type, "id": string(c.ID), "text": c.Text, "name": c.Name})
		if c.To != nil && len(c.To) == 0 {
			t.Error("to nobody")
		}
		back := stable(t, c, EncodeCommand, DecodeCommand)
		if back.Text != c.Text || back.Name != c.Name || back.ID != c.ID || len(back.To) != len(c.To) || back.Before != c.Before || back.After != c.After || back.Around != c.Around || back.N != c.N || !bytes.Equal(back.Sig, c.Sig) {
			t.Errorf("%+v comes back as %+v", c, back)
		}
	})
}

func FuzzDecodeServer(f *testing.F) {
	seeds(f, `{"type":"event","event":{"epoch":"1-0","seq":1,"time":-5,"id":"a","kind":"message","author":"b","audience":["c","a"],"body":{ "a" : [ ] },"salt":"AA==","digest":"AA==","chain":"AA=="}}`)
	f.Fuzz(func(t *testing.T, frame []byte) {
		s, err := DecodeServer(frame)
		if err != nil {
			return
		}
		agree(t, frame, map[string]string{"type": s.Type, "id": string(s.ID)})
		back := stable(t, s, EncodeServer, DecodeServer)
		if s.Event == nil {
			return
		}
		e, again := s.Event.Noun(), back.Event.Noun()
		_, _ = netchat.MessageOf(e)
		if !bytes.Equal(e.ChainAfter(nil), again.ChainAfter(nil)) {
			t.Errorf("the envelope %+v comes back as %+v", e, again)
		}
		// A host digests bodies without white space, which is all that changes.
		body := jsontext.Value(e.Body).Clone()
		if err := body.Compact(jsontext.PreserveRawStrings(true)); len(body) > 0 && err != nil || !bytes.Equal(body, again.Body) {
			t.Errorf("the body %s comes back as %s: %v", e.Body, again.Body, err)
		}
	})
}

func FuzzDecodePlainFrame(f *testing.F) {
	seeds(f, `{"type":"public","content":"\ud800","sender_name":5}`, `{"type":"user_list","users":[{"client_id":"a","username":{"b":null}}]}`)
	f.Fuzz(func(t *testing.T, frame []byte) {
		p, err := DecodePlainFrame(frame)
		if err != nil {
			return
		}
		agree(t, frame, map[string]string{"type": p.Type, "from": p.From, "to": p.To})
		texts := []string{p.SenderName, p.Content}
		for _, u := range p.Users {
			texts = append(texts, u.Name, string(u.Label))
		}
		for _, text := range texts {
			if !utf8.ValidString(text) {
				t.Errorf("%q of %q is no UTF-8", text, frame)
			}
		}
		switch p.Type {
		case TypeUserList, TypeSystem, TypePublic, TypePrivate:
		default:
			return
		}
		stable(t, p, func(p PlainFrame) ([]byte, error) { return writePlain(p), nil }, DecodePlainFrame)
	})
}

// FuzzIntake takes what a host sends in pieces: what is short comes as it is, what is
// long is cut where it can still be read, and never is more held than may be.
func FuzzIntake(f *testing.F) {
	for _, frame := range golden(f) {
		f.Add(frame, "x", uint16(7))
	}
	for _, unit := range []string{`\u0000`, `\ud83d\ude00`, "界", `\\`, `\"`, "😀", `\n`} {
		f.Add([]byte(`{"type":"user_list","users":[{"client_id":"00000001","username":"x"}]}`), unit, uint16(1))
		f.Add([]byte(`{"type":"public","from":"00000001","sender_name":"x","content":"x"}`), unit, uint16(300))
	}
	f.Fuzz(func(t *testing.T, frame []byte, unit string, size uint16) {
		frame = bytes.Replace(frame, []byte(`"x"`), []byte(`"`+strings.Repeat(unit, 4096/max(len(unit), 1))+`"`), 1)
		held, ok, most := takeAll(frame, int(size)+1)
		if most > netchat.MaxServerFrame || len(held) > len(frame) {
			t.Fatalf("%d bytes are held", most)
		}
		want, err := DecodePlainFrame(frame)
		if err != nil || !ok || holdingOf(frame[:min(len(frame), headSize)]).cut == 0 {
			return
		}
		got, err := DecodePlainFrame(held)
		if err != nil {
			t.Fatalf("%q was cut to %q: %v", frame, held, err)
		}
		if got.Type != want.Type || len(got.Users) != len(want.Users) || got.SenderName != want.SenderName || got.From != want.From {
			t.Fatalf("%q was cut to %q", frame, held)
		}
	})
}

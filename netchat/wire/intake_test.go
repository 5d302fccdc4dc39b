package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

// takeAll gives an intake a message in pieces of that size at most.
func takeAll(message []byte, size int) (held []byte, ok bool, most int) {
	var in intake
	for len(message) > 0 {
		n := min(size, len(message))
		if !in.take(message[:n]) {
			return nil, false, most
		}
		message = message[n:]
		most = max(most, len(in.held))
	}
	return in.held, true, most
}

// TestIntakeHoldsByType is what a client may be made to hold by one message.
func TestIntakeHoldsByType(t *testing.T) {
	filler := func(head string, n int) []byte {
		return append(append([]byte(head), bytes.Repeat([]byte("1,"), n/2)...), "1]}"...)
	}
	for _, c := range []struct {
		name, head string
		size       int
		ok         bool
	}{
		{"a roster", `{"type":"roster","x":[`, 20 << 20, true},
		{"a roster over the limit", `{"type":"roster","x":[`, 25 << 20, false},
		{"a welcome", `{"type":"welcome","x":[`, 20 << 20, true},
		{"an event", `{"type":"event","x":[`, 400 << 10, true},
		{"an event over the limit", `{"type":"event","x":[`, 600 << 10, false},
		{"a page", `{"type":"page","x":[`, 7 << 20, true},
		{"a page over the limit", `{"type":"page","x":[`, 9 << 20, false},
		{"hits over the limit", `{"type":"hits","x":[`, 9 << 20, false},
		{"a challenge", `{"type":"challenge","x":[`, 600 << 10, false},
		{"a type of later", `{"type":"later","x":[`, 600 << 10, false},
		{"no type in front", `{"x":[`, 600 << 10, false},
		{"no JSON", strings.Repeat("x", 600), 600 << 10, false},
	} {
		message := filler(c.head, c.size)
		for _, size := range []int{16 << 10} {
			held, ok, most := takeAll(message, size)
			if ok != c.ok || ok && !bytes.Equal(held, message) {
				t.Errorf("%s in pieces of %d: %v, %d of %d bytes", c.name, size, ok, len(held), len(message))
			}
			if most > netchat.MaxServerFrame {
				t.Errorf("%s: %d bytes were held", c.name, most)
			}
		}
	}
}

// TestIntakeLeavesGoodFramesAlone gives frames within the limits in pieces of any size.
func TestIntakeLeavesGoodFramesAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, frame := range [][]byte{
		EncodeUserList(manyMembers(50, strings.Repeat("界", 100)+`\"`+"\x01")),
		EncodePublic("00000001", "n", strings.Repeat("\\\"\x00é界😀", 5000), fixedTime()),
		EncodeSystem(strings.Repeat(`"\`, 2000), fixedTime()),
		[]byte(`{"type":"public","content":"` + strings.Repeat(`\ud83d\ude00\n\\\"`, 2000) + `"}`),
	} {
		for range 20 {
			if held, ok, _ := takeAll(frame, 1+random.IntN(700)); !ok || !bytes.Equal(held, frame) {
				t.Fatalf("%.60q… came as %.60q…", frame, held)
			}
		}
	}
}

func manyMembers(n int, name string) []netchat.Member {
	members := make([]netchat.Member, n)
	for i := range members {
		members[i] = netchat.Member{Label: netchat.Label(fmt.Sprintf("%08x", i)), Name: name}
	}
	return members
}

// TestLongPlainTextsAreCut has a plain server pass on what its limit of 16 MiB lets
// its clients say: it is shown cut, and neither held nor a reason to leave.
func TestLongPlainTextsAreCut(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, unit := range []string{"a", "é", "界", "😀", `"`, `\`, "\x01", "a界\\"} {
		text := strings.Repeat(unit, (400<<10)/len(unit))
		for _, ascii := range []bool{false, true} {
			encoded, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			if ascii {
				encoded = asASCII(text)
			}
			frame := fmt.Appendf(nil, `{"type":"public","from":"00000001","sender_name":"n","content":%s,"timestamp":"2026-11-23 05:05:00"}`, encoded)
			held, ok, most := takeAll(frame, 1+random.IntN(9000))
			if !ok || most > maxPlainSaid {
				t.Fatalf("%q: %v, %d bytes were held", unit, ok, most)
			}
			f, err := DecodePlainFrame(held)
			if err != nil {
				t.Fatalf("%q, ascii %v: %v", unit, ascii, err)
			}
			if want := shorten(text, netchat.MaxText); f.Content != want || f.From != "00000001" || f.Time.IsZero() {
				t.Errorf("%q, ascii %v: %d bytes, …%q, want %d, …%q", unit, ascii,
					len(f.Content), f.Content[max(0, len(f.Content)-9):], len(want), want[len(want)-9:])
			}
		}
	}
}

// asASCII encodes text as the original server does.
func asASCII(text string) []byte {
	out := []byte{'"'}
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x20 && r < 0x7F:
			out = append(out, byte(r))
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		}
	}
	return append(out, '"')
}

// TestALongNameKeepsNobodyOut has somebody at the original server be called 16 MiB.
func TestALongNameKeepsNobodyOut(t *testing.T) {
	long := strings.Repeat("界", 16<<20/3)
	frame := EncodeUserList([]netchat.Member{{Label: "00000001", Name: long}, {Label: "00000002", Name: long}, {Label: "00000003", Name: "Ada"}})
	held, ok, most := takeAll(frame, 16<<10)
	if !ok || most > 32<<10 {
		t.Fatalf("%v, %d bytes were held", ok, most)
	}
	f, err := DecodePlainFrame(held)
	if err != nil || len(f.Users) != 3 || f.Users[2] != (PlainUser{"00000003", "Ada"}) {
		t.Fatalf("%v, %d users", err, len(f.Users))
	}
	if want := shorten(long, netchat.MaxName); f.Users[0].Name != want {
		t.Errorf("the name came with %d bytes", len(f.Users[0].Name))
	}
}

// TestWhatCannotBeCutIsSkipped is no string, and too long: there is nothing to show.
func TestWhatCannotBeCutIsSkipped(t *testing.T) {
	frame := append([]byte(`{"type":"public","content":[`), bytes.Repeat([]byte("1,"), 4<<20)...)
	held, ok, most := takeAll(append(frame, "1]}"...), 16<<10)
	if !ok || len(held) != 0 || most > maxPlainSaid {
		t.Errorf("%v, %d bytes are held, %d were", ok, len(held), most)
	}
	if _, err := DecodePlainFrame(held); err == nil {
		t.Error("nothing is a frame")
	}
	endless, piece := intake{}, bytes.Repeat([]byte("x"), 1<<20)
	endless.take([]byte(`{"type":"public","content":"`))
	for range maxPlain>>20 + 1 {
		if !endless.take(piece) {
			return
		}
	}
	t.Error("a message without end is taken")
}

// TestALongListKeepsItsEnd is where newcomers stand, and so oneself.
func TestALongListKeepsItsEnd(t *testing.T) {
	f, err := DecodePlainFrame(EncodeUserList(manyMembers(netchat.MaxMembers+7, "x")))
	if err != nil || len(f.Users) != netchat.MaxMembers || f.Users[0].Label != "00000007" {
		t.Errorf("%v, %d users, %v", err, len(f.Users), f.Users[:1])
	}
	if _, err := DecodePlainFrame([]byte(`{"type":"user_list","users":[` + strings.Repeat("{},", maxValues) + `{}]}`)); err == nil {
		t.Error("a list of rows without end is decoded")
	}
}

package netchat

import (
	"bytes"
	"testing"
)

func TestRoomCodeIsReadAsItIsShown(t *testing.T) {
	code := EncodeRoomCode([]byte{0xff, 0, 0xff, 0, 0xff, 0, 0xff, 9})
	if code != "ZW0FY07Z03" || code.String() != "ZW0FY-07Z03" || !code.Valid() {
		t.Fatalf("%q is shown as %q", string(code), code)
	}
	for typed, place := range map[string]string{
		"ZW0FY-07Z03": "", "zwofyo7zo3": "", " zw0 fy—07 z03 ": "", "ＺＷ０ＦＹ－０７Ｚ０３": "",
		"7K-ZW0FY-07Z03": "7K", "7kl0-zw0fy-07z03": "7K10", "0123456789ZW0FY07Z03": "0123456789",
	} {
		if got, at, ok := ParseCode(typed); !ok || got != code || at != place {
			t.Errorf("%q is %q at %q, %v", typed, string(got), at, ok)
		}
	}
	for _, typed := range []string{
		"", "ZW0FY-07Z0", "ZW0FY-07Z033", "ZW0FY-07Z0U", "192.168.1.10", "host:8000", "教室教室教室教室教室",
		"01234567890123456789012", "ZW0FY-07Z0\xff", "ZW0FY-07Z0[",
	} {
		if got, _, ok := ParseCode(typed); ok {
			t.Errorf("%q is %q", typed, string(got))
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("7K-ZW0FY-07Z03")
	f.Fuzz(func(t *testing.T, typed string) {
		code, place, ok := ParseCode(typed)
		if !ok {
			return
		}
		if again, at, ok := ParseCode(place + "-" + code.String()); !ok || again != code || at != place {
			t.Errorf("%q is %q at %q, which is %q at %q, %v", typed, string(code), place, string(again), at, ok)
		}
	})
}

func FuzzEncodeRoomCode(f *testing.F) {
	f.Add([]byte("0123456"))
	f.Fuzz(func(t *testing.T, sum []byte) {
		if len(sum) < 7 {
			return
		}
		n, ok := DecodeBase32(string(EncodeRoomCode(sum)))
		if !ok {
			t.Fatal("no code")
		}
		var back [8]byte
		for i := range back[:7] {
			back[i] = byte(n << 6 >> (48 - 8*i))
		}
		masked := bytes.Clone(sum[:7])
		masked[6] &= 0xc0
		if !bytes.Equal(back[:7], masked) {
			t.Errorf("%x became %x", masked, back[:7])
		}
	})
}

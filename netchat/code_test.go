package netchat

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// goldenCodes returns the lines of the file with codes that were shown.
func goldenCodes(t *testing.T) []string {
	t.Helper()
	file, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(file)), "\n")[1:]
}

// TestGoldenCodes: a code that was shown once is read for ever. The file was made by
// another program, which multiplies with the powers one by one.
func TestGoldenCodes(t *testing.T) {
	for _, line := range goldenCodes(t) {
		fields := strings.Fields(line)
		place, code, shown := strings.TrimPrefix(fields[0], "-"), RoomCode(fields[1]), fields[2]
		if got := code.At(place); got != shown {
			t.Errorf("%s at %q is shown as %q, not %q", fields[1], place, got, shown)
		}
		typed := ReadCode(shown)
		if typed.Form != CodeChecked || typed.Code != code || typed.Place != place {
			t.Errorf("%q is %+v", shown, typed)
		}
		typed = ReadCode(place + string(code))
		if typed.Form != CodeUnchecked || typed.Code != code || typed.Place != place {
			t.Errorf("%q without the last character is %+v", shown, typed)
		}
	}
}

// TestEverySlipIsSeen: one wrong character, or two in each other's place, wherever
// they stand, in codes of every length.
func TestEverySlipIsSeen(t *testing.T) {
	for _, line := range goldenCodes(t) {
		fields := strings.Fields(line)
		good := []byte(strings.ReplaceAll(fields[2], "-", ""))
		for i := range good {
			for _, c := range []byte(codeAlphabet + "U") {
				bad := bytes.Clone(good)
				if bad[i] = c; c != good[i] && ReadCode(string(bad)).Form != CodeMistyped {
					t.Fatalf("%s for %s is not seen", bad, good)
				}
			}
			for j := range i {
				bad := bytes.Clone(good)
				bad[i], bad[j] = bad[j], bad[i]
				if bad[i] != bad[j] && ReadCode(string(bad)).Form != CodeMistyped {
					t.Fatalf("%s for %s is not seen", bad, good)
				}
			}
			if short := append(bytes.Clone(good[:i]), good[i+1:]...); ReadCode(string(short)).Form == CodeChecked {
				t.Fatalf("%s for %s counts as checked", short, good)
			}
		}
	}
}

// TestTheFieldHasEveryPower: the powers by which characters are multiplied are
// different ones, so that the proof above holds for all codes, not these alone.
func TestTheFieldHasEveryPower(t *testing.T) {
	seen := make(map[int]bool)
	for i := range 31 {
		power := codeSum("1" + strings.Repeat("0", i))
		if power == 0 || seen[power] {
			t.Fatalf("the power of place %d is %d again", i, power)
		}
		seen[power] = true
	}
	if codeSum("1"+strings.Repeat("0", 30)) != 1 {
		t.Error("the order of the primitive element is not 31")
	}
	for a := range 32 { // what the sum is made of adds up: one wrong digit is a wrong sum
		for b := range 32 {
			x, y := string(codeAlphabet[a]), string(codeAlphabet[b])
			if codeSum(x)^codeSum(y) != codeSum(string(codeAlphabet[a^b])) {
				t.Fatalf("%s and %s", x, y)
			}
		}
	}
}

// TestWhatMayBeAName: a name is not kept from being one, and a code not from being
// one that is looked for.
func TestWhatMayBeAName(t *testing.T) {
	for typed, want := range map[string]struct {
		form             CodeForm
		shaped, nameable bool
	}{
		"MATHS-CLASS":     {CodeUnchecked, false, true},
		"maths class":     {CodeUnchecked, false, true},
		"DESKTOP-7K3M9QX": {CodeUnchecked, false, true},
		"CLASSROOM-12":    {CodeMistyped, false, true},
		"MATHS-STUDY":     {CodeMistyped, false, true},
		"CLASS-GROUP-1":   {CodeMistyped, false, false},
		"3B-MATHS-2026":   {CodeMistyped, false, false},
		"teacher-pc":      {CodeShort, false, false},
		"2026-09-01":      {CodeShort, false, true},
		"2026-09-01 10":   {CodeUnchecked, false, true},
		"GREEN-MATHS":     {CodeUnchecked, false, false}, // as a host of 0.1 may show it
		"ZW0FY-07Z03":     {CodeUnchecked, true, false},
		"zwofyo7zo3":      {CodeUnchecked, true, false},
		"7K-ZW0FY-07Z03":  {CodeUnchecked, true, false},
		"7KZW0FY07Z03":    {CodeUnchecked, true, false},
		"7K ZW0F Y07Z 03": {CodeUnchecked, false, false},
		"ZW0FY-07Z03-Z":   {CodeMistyped, true, false},
		"ZWUFY-07Z03":     {CodeMistyped, true, false},
		"ZW0FY-07Z0":      {CodeShort, true, false},
		"ZW0F-07Z03":      {CodeShort, true, false},
		"3B-MATHS":        {CodeShort, false, false},
		"Room 3":          {CodeNone, false, false},
		"192.168.1.20":    {CodeNone, false, false},
		"教室":              {CodeNone, false, false},
		"":                {CodeNone, false, false},
	} {
		got := ReadCode(typed)
		if got.Form != want.form || got.Shaped != want.shaped || got.Form != CodeNone && got.Nameable != want.nameable {
			t.Errorf("%q is %+v", typed, got)
		}
	}
}

func TestRoomCodeIsReadAsItIsShown(t *testing.T) {
	code := EncodeRoomCode([]byte{0xff, 0, 0xff, 0, 0xff, 0, 0xff, 9})
	if code != "ZW0FY07Z03" || code.String() != "ZW0FY-07Z03-"+string(codeAlphabet[codeSum("ZW0FY07Z03")]) || !code.Valid() {
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
		if again, at, ok := ParseCode(code.At(place)); !ok || again != code || at != place {
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

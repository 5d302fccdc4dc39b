package model

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"192.168.1.20":           "192.168.1.20:8000",
		"192.168.1.20:8123":      "192.168.1.20:8123",
		"  192.168.1.20 : 8123 ": "192.168.1.20:8123",
		"192.168.1.20 8123":      "192.168.1.20:8123",
		"192 . 168 . 1 . 20":     "192.168.1.20:8000",
		"１９２．１６８．１．２０：８０００":      "192.168.1.20:8000",
		"192。168。1。20：8123":      "192.168.1.20:8123",
		"　host：９０００　":            "host:9000",
		"host":                   "host:8000",
		"teacher-pc.local":       "teacher-pc.local:8000",
		"老师的电脑:8000":             "老师的电脑:8000",
		"ws://host:8000/ws":      "host:8000",
		"WS://host:8000/ws":      "host:8000",
		"ws://host":              "host:8000",
		"ws://host/chat":         "ws://host:8000/chat",
		"ws://host:9000/ws?x=1":  "ws://host:9000/ws?x=1",
		"http://host:8000/":      "host:8000",
		"http://host:8000/#7K3M": "host:8000",
		"http://host:8000/guest": "host:8000",
		"host:8000/ws":           "host:8000",
		"host:8000/":             "host:8000",
		"host/":                  "host:8000",
		"ｈｔｔｐ：／／１０．０．０．１：８０００／":               "10.0.0.1:8000",
		"“http://10.0.0.1:8000/”":             "10.0.0.1:8000",
		"<http://10.0.0.1:8000>,":             "10.0.0.1:8000",
		"\u200b10.0.0.1\u200e:8000\ufeff\n":   "10.0.0.1:8000",
		"::1":                                 "[::1]:8000",
		"[::1]":                               "[::1]:8000",
		"[fe80::1%eth0]:8000":                 "[fe80::1%eth0]:8000",
		"fe80::1%eth0":                        "[fe80::1%eth0]:8000",
		"http://[fe80::1%25eth0]:8000/":       "[fe80::1%eth0]:8000",
		"[2001:db8::2]:9000":                  "[2001:db8::2]:9000",
		"ws://[2001:db8::2]:9000/other":       "ws://[2001:db8::2]:9000/other",
		"host:08000":                          "host:8000",
		strings.Repeat("a", 250) + ".example": strings.Repeat("a", 250) + ".example:8000",
	} {
		got, err := ParseAddress(typed)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", typed, got, err, want)
		}
		if again, err := ParseAddress(got); err != nil || again != got {
			t.Errorf("%q: read again it is %q, %v", got, again, err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for typed, want := range map[string]error{
		"":                       ErrNoAddress,
		"   ":                    ErrNoAddress,
		":8000":                  ErrNoAddress,
		"my room":                ErrNoAddress,
		"see you: at ten":        ErrNoAddress,
		"user@host":              ErrNoAddress,
		"[::1":                   ErrNoAddress,
		"1:2:3:8000":             ErrNoAddress,
		"ftp://host/":            ErrNoAddress,
		"http://":                ErrNoAddress,
		"host?x":                 ErrNoAddress,
		"[]:8000":                ErrNoAddress,
		"host:":                  ErrBadPort,
		"host:0":                 ErrBadPort,
		"host:65536":             ErrBadPort,
		"host:８万":                ErrBadPort,
		"host:-1":                ErrBadPort,
		"10.0.0.1 99999":         ErrBadPort,
		"https://host:8000/":     ErrSecureAddress,
		"wss://host/ws":          ErrSecureAddress,
		strings.Repeat("a", 301): ErrNoAddress,
	} {
		if got, err := ParseAddress(typed); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, want %v", typed, got, err, want)
		}
	}
}

func TestParsePort(t *testing.T) {
	for typed, want := range map[string]string{"": "", " ": "", "8000": "8000", "８１２３": "8123", " 1 ": "1", "65535": "65535"} {
		if got, err := ParsePort(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"0", "65536", "-1", "80x", "eighty", "8 0", "+80"} {
		if got, err := ParsePort(typed); !errors.Is(err, ErrBadPort) {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

// FuzzParseAddress: what is accepted is accepted again as it is, and has no
// blanks in it.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"host", "[fe80::1%eth0]:8000", "ws://h:1/x", "１：２", "a b", "http://[::1%25x]/", "ws://h/x\"#y", "http://\"h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := ParseAddress(typed)
		if err != nil {
			return
		}
		if again, err := ParseAddress(got); err != nil || again != got {
			t.Errorf("%q is %q, which is %q, %v", typed, got, again, err)
		}
	})
}

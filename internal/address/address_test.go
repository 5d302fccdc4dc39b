package address

import (
	"errors"
	"net"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
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
		"ｈｔｔｐ：／／１０．０．０．１：８０００／":             "10.0.0.1:8000",
		"“http://10.0.0.1:8000/”":           "10.0.0.1:8000",
		"<http://10.0.0.1:8000>,":           "10.0.0.1:8000",
		"\u200b10.0.0.1\u200e:8000\ufeff\n": "10.0.0.1:8000",
		"::1":                               "[::1]:8000",
		"[::1]":                             "[::1]:8000",
		"[fe80::1%eth0]:8000":               "[fe80::1%eth0]:8000",
		"fe80::1%eth0":                      "[fe80::1%eth0]:8000",
		"http://[fe80::1%25eth0]:8000/":     "[fe80::1%eth0]:8000",
		"[2001:db8::2]:9000":                "[2001:db8::2]:9000",
		"ws://[2001:db8::2]:9000/other":     "ws://[2001:db8::2]:9000/other",
		"host:08000":                        "host:8000",
		// as other programs and other people write them
		"127.0.0.1：21000":                     "127.0.0.1:21000",
		"127.0.0.1∶21000":                     "127.0.0.1:21000",
		"127.0.0.1﹕21000":                     "127.0.0.1:21000",
		"192.168.1.20:8000/ws":                "192.168.1.20:8000",
		"192.168.1.20:8000/ws/":               "192.168.1.20:8000",
		"HTTP://192.168.1.20:8000/":           "192.168.1.20:8000",
		"Ws://192.168.1.20":                   "192.168.1.20:8000",
		"http:/192.168.1.20:8000":             "192.168.1.20:8000",
		`http:\\192.168.1.20:8000`:            "192.168.1.20:8000",
		"//192.168.1.20:8000":                 "192.168.1.20:8000",
		"192.168.1.20:8000。":                  "192.168.1.20:8000",
		"192.168.1.20.":                       "192.168.1.20:8000",
		"192.168.1.20。":                       "192.168.1.20:8000",
		"192.168.1.20.:8000":                  "192.168.1.20:8000",
		"http://192.168.1.20./":               "192.168.1.20:8000",
		"(192.168.1.20:8000)!":                "192.168.1.20:8000",
		"（192.168.1.20：8000）。":                "192.168.1.20:8000",
		"【http://192.168.1.20:8000/】":         "192.168.1.20:8000",
		"`192.168.1.20:8000`, ":               "192.168.1.20:8000",
		"**192.168.1.20:8000**":               "192.168.1.20:8000",
		"[192.168.1.20:8000]":                 "192.168.1.20:8000",
		"[192.168.1.20]:8000":                 "192.168.1.20:8000",
		"192.168.001.020":                     "192.168.1.20:8000",
		"192.168.1.20\n8000":                  "192.168.1.20:8000",
		"::ffff:192.168.1.20":                 "192.168.1.20:8000",
		"[::ffff:c0a8:114]:8000":              "192.168.1.20:8000",
		"HOST.Local.":                         "host.local:8000",
		"[FE80::1%Ethernet 2]:8000":           "[fe80::1%Ethernet 2]:8000",
		"[fe80::1%25eth0]:8000":               "[fe80::1%eth0]:8000",
		"fe80::1%25eth0":                      "[fe80::1%eth0]:8000",
		"［fe80::1％eth0］：8000":                 "[fe80::1%eth0]:8000",
		"fe80::1%25":                          "[fe80::1%25]:8000", // the interface with that number
		"http://[fe80::1%2525]:8000/":         "[fe80::1%25]:8000",
		"http://[fe80::1%2525eth0]:8000/":     "[fe80::1%eth0]:8000",
		"fe80::1%252525eth0":                  "[fe80::1%eth0]:8000",
		"ws://[fe80::1%25eth0]:9000/other":    "ws://[fe80::1%25eth0]:9000/other",
		"fe80::1%251":                         "[fe80::1%251]:8000",
		"fe80::1 812":                         "[fe80::1]:812",
		"fe80::1%eth0 8123":                   "[fe80::1%eth0]:8123",
		"[::1] 8123":                          "[::1]:8123",
		strings.Repeat("a", 250) + ".example": strings.Repeat("a", 250) + ".example:8000",
	} {
		got, err := Parse(typed)
		if err != nil || got.String() != want {
			t.Errorf("%q: %q, %v, want %q", typed, got, err, want)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q: read again it is %q, %v", got, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for typed, want := range map[string]error{
		"":                                  ErrNoAddress,
		"   ":                               ErrNoAddress,
		":8000":                             ErrNoAddress,
		"my room":                           ErrNoAddress,
		"see you: at ten":                   ErrNoAddress,
		"user@host":                         ErrNoAddress,
		"[::1":                              ErrNoAddress,
		"1:2:3:8000":                        ErrNoAddress,
		"ftp://host/":                       ErrNoAddress,
		"http://":                           ErrNoAddress,
		"host?x":                            ErrNoAddress,
		"[]:8000":                           ErrNoAddress,
		"host:":                             ErrBadPort,
		"host:0":                            ErrBadPort,
		"host:65536":                        ErrBadPort,
		"host:８万":                           ErrBadPort,
		"host:-1":                           ErrBadPort,
		"192.168.1.20:":                     ErrBadPort,
		"192.168.1.20:8000:":                ErrNoAddress,
		"999.1.1.1":                         ErrBadIP,
		"192.168.1":                         ErrBadIP,
		"192.168.1:8000":                    ErrBadIP,
		"192.168.1.256":                     ErrBadIP,
		"192.168.1.20.5":                    ErrBadIP,
		"1921.68.1.20":                      ErrBadIP,
		"l92.168.1.20":                      ErrBadIP, // a small L
		"192.168..20":                       ErrNoAddress,
		"301":                               ErrBadIP,
		"http://301/":                       ErrBadIP,
		"pc.5":                              ErrBadIP,
		"１９２．１６８．１":                         ErrBadIP,
		"192.168.1.20%eth0":                 ErrNoAddress,
		"my!host":                           ErrNoAddress,
		"fe80::1%":                          ErrNoAddress,
		"[fe80::1%et/h0]":                   ErrNoAddress,
		"wss:/host":                         ErrSecure,
		"HTTPS://192.168.1.20":              ErrSecure,
		strings.Repeat(" ", 1<<20) + "host": ErrNoAddress,
		"10.0.0.1 99999":                    ErrBadPort,
		"https://host:8000/":                ErrSecure,
		"wss://host/ws":                     ErrSecure,
		strings.Repeat("a", 301):            ErrNoAddress,
	} {
		if got, err := Parse(typed); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, want %v", typed, got, err, want)
		}
	}
}

func TestParsePort(t *testing.T) {
	for typed, want := range map[string]uint16{"": 0, " ": 0, "8000": 8000, "８１２３": 8123, " 1 ": 1, "65535": 65535, "8000。": 8000} {
		if got, err := ParsePort(typed); err != nil || got != want {
			t.Errorf("%q: %d, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"0", "65536", "-1", "80x", "eighty", "8 0", "+80"} {
		if got, err := ParsePort(typed); !errors.Is(err, ErrBadPort) {
			t.Errorf("%q: %d, %v", typed, got, err)
		}
	}
}

// TestObvious: what may be the name of a room is not obviously an address.
func TestObvious(t *testing.T) {
	for _, typed := range []string{
		"192.168.1.20", "192.168.1.20:8000", "192.168.1.20 8000", "127.0.0.1：21000", "[::1]", "fe80::1%eth0", "localhost", "pc:9000",
		"pc:99999", "http://pc", "wss://pc", "ftp://pc", "999.1.1.1", "192.168.1:8000", "192.168.1.20:x", "“192.168.1.20”", "192.168.1.20/ws",
	} {
		if !Obvious(typed) {
			t.Errorf("%q may be a name", typed)
		}
	}
	for _, typed := range []string{
		"", "pc", "Room 3", "3.5", "301", "10:30", "2026.9.1", "教室: 3", "A/B", "MATHS-CLASS", "lab.1", "Why?", "see you: at ten",
	} {
		if Obvious(typed) {
			t.Errorf("%q is no name", typed)
		}
	}
}

// FuzzParseAddress: what is accepted is written so that it is read as the same,
// and so that the system and a handshake can take it.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"host", "[fe80::1%eth0]:8000", "ws://h:1/x", "１：２", "a b", "http://[::1%25x]/", "ws://h/x\"#y", "http://\"h",
		"::% 0", "ws://[::1%x]:8000/ws?x#y", "[]:1", "[\v]:1", "[::1%2525]", "ws://[::1%2525]/x", "[[::1]]:1", "1.2.3.4:5。", "\\\\h",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := Parse(typed)
		if err != nil {
			return
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q is %q, which is %+v, %v", typed, got, again, err)
		}
		if again, err := Parse(got.HostPort()); err != nil || again.Host != got.Host || again.Port != got.Port {
			t.Errorf("%q is at %q, which is %+v, %v", typed, got.HostPort(), again, err)
		}
		if host, _, err := net.SplitHostPort(got.HostPort()); err != nil || host != got.Host || !strings.HasPrefix(got.Path, "/") {
			t.Errorf("%q is %+v, at %q: %v", typed, got, host, err)
		}
		if len(got.String()) > MaxLength {
			t.Errorf("%q is %d bytes long", typed, len(got.String()))
		}
	})
}

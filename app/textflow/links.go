package textflow

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a link; what is longer is plain text.
const (
	MaxLink  = 2_048 // bytes
	maxHost  = 253   // bytes, as it is asked for in the DNS
	maxLabel = 63
	maxPort  = 65_535
	leastWWW = 3 // labels of a host without a scheme: www.example.com
)

// A Link is a part of a text that leads to a page or a mailbox: see Target.
type Link struct{ Start, End int } // bytes of the text

// Links returns the links in text from left to right, in time linear in its
// length. A link begins with http:, https:, mailto: or, bare, with www., and
// with no other scheme ever. It ends before a blank, a quote, a character of
// East Asia, punctuation that ends a sentence, and a bracket that was opened
// before it.
func Links(text string) []Link {
	var found []Link
	for at := 0; at < len(text); {
		end, ok := linkAt(text, at)
		if ok {
			found = append(found, Link{at, end})
		}
		at = max(end, at+1)
	}
	return found
}

// Ways in which a link begins.
const (
	beginHTTP  = "http://"
	beginHTTPS = "https://"
	beginMail  = "mailto:"
	beginWWW   = "www."
)

// linkAt returns where the link that begins at byte at ends, or false if none
// does; then what is before end is done with.
func linkAt(text string, at int) (end int, ok bool) {
	begin := beginning(text, at)
	if begin == "" {
		return at, false
	}
	a := address{begin: begin, host: at + len(begin)}
	switch begin {
	case beginMail:
		a.host = mailbox(text, a.host)
	case beginWWW:
		a.host = at
	default:
		a.host += userinfo(text[a.host:])
	}
	a.hostEnd = hostEnd(text, a.host)
	if !a.valid(text) {
		return at, false
	}
	end = a.hostEnd
	if begin != beginMail {
		end = tail(text, portEnd(text, end))
	}
	return end, end-at <= MaxLink
}

// beginning returns how the link that may begin at byte at does, or "".
func beginning(text string, at int) string {
	var begins []string
	switch text[at] | 0x20 {
	case 'h':
		begins = []string{beginHTTP, beginHTTPS}
	case 'm':
		begins = []string{beginMail}
	case 'w':
		begins = []string{beginWWW}
	}
	for _, b := range begins {
		if at+len(b) > len(text) || !strings.EqualFold(text[at:at+len(b)], b) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if at > 0 && (inName(before) || strings.ContainsRune("+.@", before) || before == '/' && b == beginWWW) {
			continue
		}
		return b
	}
	return ""
}

// An address is the part of a link that says whom to ask.
type address struct {
	begin         string
	host, hostEnd int
}

func (a address) valid(text string) bool {
	host := text[a.host:a.hostEnd]
	if host == "" || a.begin == beginWWW && strings.Count(host, ".")+1 < leastWWW {
		return false
	}
	_, ok := asciiHost(host)
	return ok
}

// mailbox returns where the host of the mail address that begins at byte at
// does; the end of text, if that is none.
func mailbox(text string, at int) int {
	for i := at; i < len(text) && i-at <= maxLabel+1; i++ {
		switch c := text[i]; {
		case c == '@' && i > at:
			return i + 1
		case !isASCIIName(c) && !strings.ContainsRune(".+", rune(c)):
			return len(text)
		}
	}
	return len(text)
}

// userinfo returns how long the part of an authority is that comes before its
// host and is no part of it, whatever it looks like.
func userinfo(text string) int {
	length := 0
	for i := 0; i < len(text) && i < MaxLink; i++ {
		c := text[i]
		if !isASCIIName(c) && !strings.ContainsRune(".~!$&'()*+,;=:%@", rune(c)) {
			break
		}
		if c == '@' {
			length = i + 1
		}
	}
	return length
}

// hostEnd returns where the host that begins at byte at ends: a literal in
// brackets, or names with a dot between each two.
func hostEnd(text string, at int) int {
	if strings.HasPrefix(text[at:], "[") {
		if n := strings.IndexByte(text[at:min(len(text), at+maxLabel)], ']'); n > 0 {
			if ip, err := netip.ParseAddr(text[at+1 : at+n]); err == nil && ip.Is6() && ip.Zone() == "" {
				return at + n + 1
			}
		}
		return at
	}
	end := at
	for i := at; i < len(text) && i-at <= 2*maxHost; {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if inName(r) {
			end = i
		} else if r != '.' || end != i-size || i-size == at {
			break
		}
	}
	return end
}

// portEnd returns where the port after a host ends, if there is one.
func portEnd(text string, at int) int {
	if at >= len(text) || text[at] != ':' {
		return at
	}
	end := at + 1
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if port, err := strconv.Atoi(text[at+1 : end]); err != nil || port > maxPort {
		return at
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && inName(r) {
		return at
	}
	return end
}

// tail returns where the path, query and fragment end that begin at byte at.
func tail(text string, at int) int {
	if at >= len(text) || !strings.ContainsRune("/?#", rune(text[at])) {
		return at
	}
	var round, square int
	end := at
scan:
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		switch r {
		case '(':
			round++
		case ')':
			round--
		case '[':
			square++
		case ']':
			square--
		}
		if round < 0 || square < 0 || !inTail(r) {
			break scan
		}
		end += size
	}
	return at + len(strings.TrimRight(text[at:end], ".,;:!?'*(["))
}

// inTail reports whether r can be in the path, query or fragment of a link.
func inTail(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r != 0x7f && !strings.ContainsRune("<>\"\\^`{|}", r)
	}
	return inName(r)
}

// inName reports whether r can be in a name of a host.
func inName(r rune) bool {
	if r < utf8.RuneSelf {
		return isASCIIName(byte(r))
	}
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) && !isEastAsian(r)
}

func isASCIIName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// isEastAsian reports the letters, punctuation and wide forms that are written
// without blanks around a link.
func isEastAsian(r rune) bool {
	return r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

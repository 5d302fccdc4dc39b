package address

import (
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// around is what may stand around an address, and is no part of one: the
// punctuation of a sentence, quotation marks, and what marks it in a text.
const around = " \"'`<>(){}“”‘’«»‹›「」『』《》〈〉【】〔〕,;、!?.*|…"

// tidy makes characters narrow and plain, and drops what is invisible or only
// stands around an address. Tidying twice is tidying once.
func tidy(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '。':
			return '.'
		case r == '∶', r == '꞉', r == 'ː': // which look like a colon
			return ':'
		case r == '\\':
			return '/'
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, s)
	return trim(norm.NFKC.String(s))
}

func trim(s string) string { return strings.Trim(s, around) }

// parseIP reads an IP address, which may be in brackets, and returns it as it is
// always written. Numbers may have zeros in front, as on the displays of printers.
func parseIP(s string, inURL bool) (string, bool) {
	bracketed := strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]")
	if bracketed {
		s = s[1 : len(s)-1]
	}
	s, zone, zoned := strings.Cut(strings.TrimSpace(s), "%")
	s = strings.TrimRight(s, ".")
	if looksIPv4(s) {
		s = withoutZeros(s)
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return "", false
	}
	if ip = ip.Unmap(); !zoned {
		return ip.String(), true
	}
	zone = unescapedZone(strings.TrimSpace(zone), inURL)
	if ip.Is4() || zone == "" || !bracketed && strings.Contains(zone, " ") || strings.ContainsFunc(zone, noZoneRune) {
		return "", false
	}
	return ip.WithZone(zone).String(), true
}

// unescapedZone returns a zone without the "25" that the percent sign before it is
// written with in a URL, where it stands once. People cut addresses out of URLs,
// and programs escape them twice, so it is taken for that elsewhere too: unless
// only a number follows, which may be that of an interface.
func unescapedZone(zone string, inURL bool) string {
	if rest, ok := strings.CutPrefix(zone, "25"); ok && inURL && rest != "" {
		zone = rest
	}
	for {
		rest, ok := strings.CutPrefix(zone, "25")
		if !ok || strings.Trim(rest, "0123456789") == "" {
			return zone
		}
		zone = rest
	}
}

// noZoneRune reports whether r stands in no zone. A blank may, between brackets:
// Windows calls an interface "Ethernet 2".
func noZoneRune(r rune) bool {
	return r != ' ' && !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' || strings.ContainsRune("/?#@[]:%\"<>\uFFFD", r)
}

// looksIPv4 reports whether s is four numbers with dots between them, however
// large.
func looksIPv4(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if !digits(part) {
			return false
		}
	}
	return len(parts) == 4
}

// withoutZeros takes the zeros off in front of numbers of up to three digits.
func withoutZeros(s string) string {
	parts := strings.Split(s, ".")
	for i, part := range parts {
		if len(part) <= 3 {
			parts[i] = strings.TrimLeft(part[:len(part)-1], "0") + part[len(part)-1:]
		}
	}
	return strings.Join(parts, ".")
}

// endsInNumber reports whether the last label of a host is a number: no name of a
// machine ends so, only an IPv4 address.
func endsInNumber(host string) bool {
	return digits(host[strings.LastIndexByte(host, '.')+1:]) && isName(host)
}

// isName reports whether s may be the name of a machine.
func isName(s string) bool {
	if strings.Contains(s, "..") || strings.HasPrefix(s, ".") {
		return false
	}
	some := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			some = true
		case unicode.IsMark(r), r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return some
}

// joinDots takes out the blanks around the dots of an address, and the dots
// behind it.
func joinDots(host string) string {
	parts := strings.Split(host, ".")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.TrimRight(strings.Join(parts, "."), ".")
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func letters(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}

// lower makes the letters of ASCII small: in names of machines they are the same.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

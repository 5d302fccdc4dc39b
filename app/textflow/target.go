package textflow

import (
	"math"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Target returns where a link leads: http, https or mailto, in ASCII alone. A
// host in other letters is written as the DNS knows it (xn--…), so that it
// looks like no other; a name and password before the host are left out, as
// they look like one. It reports false for what Links would not find whole.
func Target(link string) (*url.URL, bool) {
	if found := Links(link); len(found) != 1 || found[0] != (Link{0, len(link)}) {
		return nil, false
	}
	scheme, rest, ok := strings.Cut(link, ":")
	switch {
	case strings.EqualFold(link[:len(beginWWW)], beginWWW):
		scheme, rest = "http", link
	case ok && strings.EqualFold(scheme+":", beginMail):
		return mailTarget(rest)
	default:
		rest = rest[len("//"):]
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	end := hostEnd(authority, 0)
	host, ok := asciiHost(authority[:end])
	if !ok {
		return nil, false
	}
	u, err := url.Parse(strings.ToLower(scheme) + "://" + host + authority[end:] + escape(path))
	return u, err == nil
}

func mailTarget(address string) (*url.URL, bool) {
	name, host, _ := strings.Cut(address, "@")
	host, ok := asciiHost(host)
	return &url.URL{Scheme: "mailto", Opaque: name + "@" + host}, ok
}

// escape writes as %XX what does not stand for itself in a URL.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	isHex := func(i int) bool { return i < len(s) && strings.IndexByte(hex+"abcdef", s[i]) >= 0 }
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		if isASCIIName(c) || strings.IndexByte(".~:/?#[]@!$&'()*+,;=", c) >= 0 || c == '%' && isHex(i+1) && isHex(i+2) {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return out.String()
}

// asciiHost returns a host as the DNS knows it, or false if it can't be in it.
func asciiHost(host string) (string, bool) {
	if strings.HasPrefix(host, "[") {
		return strings.ToLower(host), true
	}
	labels := strings.Split(strings.ToLower(host), ".")
	for i, l := range labels {
		if !isASCII(l) && utf8.RuneCountInString(l) <= maxLabel {
			l = "xn--" + punycode(l)
		}
		if l == "" || len(l) > maxLabel {
			return "", false
		}
		labels[i] = l
	}
	host = strings.Join(labels, ".")
	return host, len(host) <= maxHost
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Parameters of RFC 3492, section 5.
const (
	punyBase    = 36
	punyLeast   = 1
	punyMost    = 26
	punySkew    = 38
	punyDamp    = 700
	punyBias    = 72
	punyInitial = 128
)

// punycode returns a label of a host in the letters that the DNS has, as RFC
// 3492 says, section 6.3, without its prefix.
func punycode(label string) string {
	runes := []rune(label)
	var out []byte
	for _, r := range runes {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	done := basic
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(punyInitial), 0, punyBias
	for done < len(runes) {
		next := rune(math.MaxInt32)
		for _, r := range runes {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r == n {
				out = punyNumber(out, delta, bias)
				bias = punyAdapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return string(out)
}

// punyNumber appends a number as digits of a base that varies.
func punyNumber(out []byte, number, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punyBase; ; k += punyBase {
		threshold := min(max(k-bias, punyLeast), punyMost)
		if number < threshold {
			return append(out, digits[number])
		}
		out = append(out, digits[threshold+(number-threshold)%(punyBase-threshold)])
		number = (number - threshold) / (punyBase - threshold)
	}
}

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyLeast)*punyMost/2; k += punyBase {
		delta /= punyBase - punyLeast
	}
	return k + (punyBase-punyLeast+1)*delta/(delta+punySkew)
}

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitter(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []typed
	}{
		{"nothing", "", nil},
		{"one", "abc\n", []typed{{line: "abc"}}},
		{"without an end", "abc", []typed{{line: "abc"}}},
		{"windows", "a\r\nb\r\n", []typed{{line: "a"}, {line: "b"}}},
		{"empty ones", "\n\na", []typed{{}, {}, {line: "a"}}},
		{"just fits", "12345678\nx", []typed{{line: "12345678"}, {line: "x"}}},
		{"too long", "123456789\nx\n", []typed{{tooLong: true}, {line: "x"}}},
		{"too long at the end", "x\n123456789", []typed{{line: "x"}, {tooLong: true}}},
	} {
		for step := 1; step <= max(1, len(c.in)); step++ {
			s := splitter{limit: 8}
			var got []typed
			for data := []byte(c.in); len(data) > 0; {
				n := min(step, len(data))
				got = append(got, s.feed(data[:n])...)
				data = data[n:]
			}
			if got = append(got, s.end()...); !slices.Equal(got, c.want) {
				t.Errorf("%s by %d: %+v, want %+v", c.name, step, got, c.want)
			}
			if s.partial = append(s.partial, strings.Repeat("x", 3)...); cap(s.partial) > 64 {
				t.Errorf("%s: %d bytes are kept", c.name, cap(s.partial))
			}
		}
	}
}

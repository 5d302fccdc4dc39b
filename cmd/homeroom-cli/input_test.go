package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestMark: an input is the same with and without the mark that it may begin with.
func TestMark(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{"", "", nil},
		{"a", "a", nil},
		{"\xEF\xBB\xBFa\n", "a\n", nil},
		{"\xEF\xBB\xBF", "", nil},
		{"\xEF\xBB\xBF\xEF\xBB\xBFa", "\xEF\xBB\xBFa", nil},
		{"a\xEF\xBB\xBF", "a\xEF\xBB\xBF", nil},
		{"\xEF\xBB", "\xEF\xBB", nil},
		{"\xEF\xBCx", "\xEF\xBCx", nil}, // ｸ and others begin alike
		{"\xFFx", "\xFFx", nil},
		{"\xFF\xFEa\x00", "", errUTF16},
		{"\xFE\xFF\x00a", "", errUTF16},
	} {
		for what, in := range map[string]io.Reader{
			"whole": strings.NewReader(c.in), "in bytes": iotest.OneByteReader(strings.NewReader(c.in)),
			"with its end": iotest.DataErrReader(strings.NewReader(c.in)),
		} {
			got, err := io.ReadAll(&unmarked{in: in})
			if string(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%q, %s: %q, %v", c.in, what, got, err)
			}
		}
	}
}

// TestMarkDoesNotWait: what somebody types is there as soon as it cannot be a mark.
func TestMarkDoesNotWait(t *testing.T) {
	read, write := io.Pipe()
	defer write.Close()
	go func() { _, _ = write.Write([]byte("x")) }()
	var p [10]byte
	if n, err := (&unmarked{in: read}).Read(p[:]); n != 1 || err != nil || p[0] != 'x' {
		t.Error(n, err)
	}
}

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

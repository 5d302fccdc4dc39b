package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// chunkSize is how much of the input is read at a time, in bytes.
const chunkSize = 32 << 10

// A chunk is a piece of the input. The last one has err set, io.EOF at its
// end.
type chunk struct {
	data []byte
	err  error
}

// readChunks reads in until it ends or ctx does. Nothing is read ahead of what
// the receiver took but one chunk. The goroutine ends with the Read during
// which ctx ended: a Read of a terminal cannot be called off.
func readChunks(ctx context.Context, in io.Reader) <-chan chunk {
	chunks := make(chan chunk)
	go func() {
		for {
			buf := make([]byte, chunkSize)
			n, err := in.Read(buf)
			select {
			case chunks <- chunk{data: buf[:n], err: err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return chunks
}

// errUTF16 says that an input is in another encoding than ours.
var errUTF16 = errors.New("the input is UTF-16")

// The marks by which Windows begins files.
const (
	utf8Mark    = "\xEF\xBB\xBF"
	utf16Little = "\xFF\xFE"
	utf16Big    = "\xFE\xFF"
)

// An unmarked is an input without the mark that it may begin with. It fails with
// errUTF16 for one that is marked as such.
type unmarked struct {
	in    io.Reader
	begun bool
	left  []byte // read and not returned yet
	err   error  // that came with it
}

// Read implements io.Reader. It waits for no more than tells whether there is a mark.
func (u *unmarked) Read(p []byte) (int, error) {
	if !u.begun {
		u.begin()
	}
	if len(u.left) > 0 {
		n := copy(p, u.left)
		u.left = u.left[n:]
		return n, nil
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.in.Read(p)
}

// begin reads the start of the input, as far as it may be a mark.
func (u *unmarked) begin() {
	u.begun = true
	for {
		switch string(u.left) {
		case utf8Mark:
			u.left = nil
			return
		case utf16Little, utf16Big:
			u.left, u.err = nil, errUTF16
			return
		}
		begins := func(mark string) bool { return strings.HasPrefix(mark, string(u.left)) }
		if u.err != nil || !begins(utf8Mark) && !begins(utf16Little) && !begins(utf16Big) {
			return
		}
		var next [1]byte
		var n int
		n, u.err = u.in.Read(next[:])
		u.left = append(u.left, next[:n]...)
	}
}

// A typed is one thing that came from the input.
type typed struct {
	kind    typedKind
	line    string
	tooLong bool // over the splitter's limit: line is empty
}

// A typedKind says what came.
type typedKind int

const (
	typedLine  typedKind = iota
	typedEnd             // nothing more: send what waits, then leave
	typedBreak           // Ctrl-C: leave at once
)

// A splitter cuts what is not a terminal into lines.
type splitter struct {
	limit   int // of a line in bytes
	partial []byte
	skip    bool // the line that is too long goes on
}

// feed returns the lines that end in data, without their ends (LF or CR LF).
func (s *splitter) feed(data []byte) []typed {
	var lines []typed
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			s.add(data)
			return lines
		}
		s.add(data[:i])
		lines = append(lines, s.line())
		data = data[i+1:]
	}
}

// end returns the last line if the input did not end with a line's end.
func (s *splitter) end() []typed {
	if len(s.partial) == 0 && !s.skip {
		return nil
	}
	return []typed{s.line()}
}

func (s *splitter) add(data []byte) {
	if s.skip || len(s.partial)+len(data) > s.limit {
		s.skip, s.partial = true, nil
		return
	}
	s.partial = append(s.partial, data...)
}

func (s *splitter) line() typed {
	t := typed{line: string(bytes.TrimSuffix(s.partial, []byte("\r"))), tooLong: s.skip}
	s.partial, s.skip = s.partial[:0], false
	return t
}

// inputError is nil for the orderly end of an input.
func inputError(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

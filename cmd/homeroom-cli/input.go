package main

import (
	"bytes"
	"context"
	"errors"
	"io"
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

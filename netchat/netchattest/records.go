package netchattest

import (
	"bufio"
	"encoding/binary"
	"io"
)

// What a TLS record begins with (RFC 8446, section 5.1).
const (
	recordHeader    = 5
	recordHandshake = 0x16
	recordData      = 0x17
)

// A reader takes what comes in one direction apart.
type reader struct {
	in  *bufio.Reader
	tls bool
}

// newReader reads the head of an HTTP message, or finds that records of TLS
// come.
func newReader(in *bufio.Reader) (r *reader, first []byte, err error) {
	r = &reader{in: in}
	begin, err := in.Peek(1)
	if err != nil {
		return nil, nil, err
	}
	if r.tls = begin[0] == recordHandshake; r.tls {
		first, err = readRecord(in)
		return r, first, err
	}
	first, err = readHead(in)
	return r, first, err
}

// next returns the next frame, or record, and whether it counts as a message.
func (r *reader) next() (chunk []byte, message bool, err error) {
	if r.tls {
		chunk, err = readRecord(r.in)
		return chunk, err == nil && chunk[0] == recordData, err
	}
	chunk, err = readFrame(r.in)
	return chunk, err == nil && chunk[0]&0x08 == 0, err
}

// readRecord reads one record of TLS.
func readRecord(in *bufio.Reader) ([]byte, error) {
	record := make([]byte, recordHeader)
	if _, err := io.ReadFull(in, record); err != nil {
		return nil, err
	}
	record = append(record, make([]byte, binary.BigEndian.Uint16(record[3:]))...)
	_, err := io.ReadFull(in, record[recordHeader:])
	return record, err
}

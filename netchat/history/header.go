package history

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// What the header of a SQLite file has where, and what stands there in each file of
// ours (https://www.sqlite.org/fileformat2.html, section 1.3).
const (
	headerSize      = 100
	magic           = "SQLite format 3\x00"
	pageSizeAt      = 16
	pageSize        = 4096
	formatAt        = 18 // two bytes: 1 with a journal, 2 with a write-ahead log
	payloadAt       = 20
	payload         = "\x00\x40\x20\x20" // to the end of each page: no space, three fractions
	changesAt       = 24
	pagesAt         = 28
	schemaFormatAt  = 44
	schemaFormat    = 4
	encodingAt      = 56
	encoding        = 1 // UTF-8
	applicationIDAt = 68
	pagesValidAt    = 92 // the changes as of which pagesAt is good
	tableHeaderAt   = headerSize
	tableHeaderSize = 8 // of the table of tables, the header of whose page is behind that of the file
	leafTable       = 0x0d
	cellsAt         = tableHeaderAt + 3 // two bytes: how many tables there are
)

// empty reports whether no table is in the file that begins like that, as one of ours
// that was being made when the power went.
func empty(start []byte) bool {
	return start[tableHeaderAt] == leafTable && binary.BigEndian.Uint16(start[cellsAt:]) == 0
}

// sound reports whether the header has what that of each file of ours has, even if
// all but the header is beside the file.
func sound(header []byte) bool {
	number := func(at int) uint32 { return binary.BigEndian.Uint32(header[at:]) }
	return bytes.HasPrefix(header, []byte(magic)) && bytes.HasPrefix(header[payloadAt:], []byte(payload)) &&
		binary.BigEndian.Uint16(header[pageSizeAt:]) == pageSize &&
		header[formatAt]-1 < 2 && header[formatAt+1]-1 < 2 && number(schemaFormatAt) <= schemaFormat && number(encodingAt) <= encoding
}

// mend puts everything in the header of a file of that size right that is needed to
// read it.
func mend(header []byte, size int64) {
	put := func(at int, n uint32) { binary.BigEndian.PutUint32(header[at:], n) }
	copy(header, magic)
	binary.BigEndian.PutUint16(header[pageSizeAt:], pageSize)
	header[formatAt], header[formatAt+1] = 2, 2
	copy(header[payloadAt:], payload)
	put(pagesAt, uint32(size/pageSize))
	put(pagesValidAt, binary.BigEndian.Uint32(header[changesAt:]))
	put(schemaFormatAt, schemaFormat)
	put(encodingAt, encoding)
}

// mendedSuffix ends the name of a damaged file's copy with a header that is right.
const mendedSuffix = ".mended"

// mended makes a copy of the damaged file at path, with what lies beside it and a
// header that is right: however little in that is wrong, SQLite would read nothing of
// the rest. schema, unless it is nil, is the first page for it. drop removes it.
func mended(path string, schema []byte) (at string, drop func() error, err error) {
	at = path + mendedSuffix
	drop = func() error { return removeFile(at) }
	if err := drop(); err != nil {
		return "", nil, err
	}
	size, err := copyFile(path, at)
	if err == nil {
		if _, err = copyFile(path+"-wal", at+"-wal"); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = mendFile(at, size, schema)
	}
	if err != nil {
		return "", nil, errors.Join(err, drop())
	}
	return at, drop, nil
}

func mendFile(path string, size int64, schema []byte) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	start := bytes.Clone(schema)
	if start == nil && size < headerSize {
		// With a page of its own, SQLite reads what lies beside it.
		start, size = make([]byte, pageSize), pageSize
	}
	if start == nil {
		start = make([]byte, headerSize)
		_, err = io.ReadFull(file, start)
	}
	if err == nil {
		mend(start, size)
		_, err = file.WriteAt(start, 0)
	}
	return errors.Join(err, file.Close())
}

// firstPage returns the first page of the file at path.
func firstPage(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	page := make([]byte, pageSize)
	_, err = io.ReadFull(file, page)
	return page, errors.Join(err, file.Close())
}

// removeFile removes a database, if it is there.
func removeFile(path string) error {
	return errors.Join(wholefile.Remove(path), wholefile.Remove(path+"-wal"), wholefile.Remove(path+"-shm"))
}

func copyFile(from, to string) (size int64, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(out, in)
	return size, errors.Join(err, out.Close())
}

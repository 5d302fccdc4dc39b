package x11paste

import (
	"errors"
	"fmt"
)

// MaxText bounds the text that is read, in bytes.
const MaxText = 16 << 20

// What Text can fail with, besides errors of the connection.
var (
	ErrOwn     = errors.New("the text is this program's own")
	ErrTooLong = errors.New("the text is too long")
)

// The codes of the requests and events of the X protocol that are used here, and
// some of their values.
const (
	createWindow      = 1
	internAtom        = 16
	getProperty       = 20
	getSelectionOwner = 23
	convertSelection  = 24

	propertyNotify  = 28
	selectionNotify = 31

	inputOnly       = 2
	eventsOfWindow  = 1 << 11 // the value that says which events are wanted
	propertyChanges = 1 << 22
	newValue        = 0
	atomString      = 31 // STRING, which is Latin-1
)

// A reader is one reading of a selection.
type reader struct {
	*conn
	window                             uint32
	clipboard, utf8, incr, destination uint32
}

// Text returns the text on the clipboard of a display, with whatever bytes are in it;
// empty where there is none. own is a window of this program: text that it offers
// itself is not read, since it could not answer meanwhile, but ErrOwn returned. Text
// waits for the server and for the other program, a second at most for each part.
func Text(display string, own uint32) (string, error) {
	c, err := dial(display)
	if err != nil {
		return "", err
	}
	r := &reader{conn: c, window: c.base | 1}
	text, err := r.text(own)
	if err := errors.Join(err, c.net.Close()); err != nil {
		return "", fmt.Errorf("x11: read the clipboard: %w", err)
	}
	return text, nil
}

func (r *reader) text(own uint32) (string, error) {
	for name, atom := range map[string]*uint32{
		"CLIPBOARD": &r.clipboard, "UTF8_STRING": &r.utf8, "INCR": &r.incr, "HOMEROOM_PASTE": &r.destination,
	} {
		var err error
		if *atom, err = r.atom(name); err != nil {
			return "", err
		}
	}
	owner, err := r.answer(8, getSelectionOwner, 0, r.clipboard)
	switch {
	case err != nil:
		return "", err
	case owner == 0:
		return "", nil
	case own != 0 && owner&^r.mask == own&^r.mask:
		return "", ErrOwn
	}
	if err := r.request(createWindow, 0, r.window, r.root, 0, 1|1<<16, inputOnly<<16, 0, eventsOfWindow, propertyChanges); err != nil {
		return "", err
	}
	for _, target := range []uint32{r.utf8, atomString} {
		data, ok, err := r.convert(target)
		switch {
		case err != nil:
			return "", err
		case ok && target == atomString:
			return latin1(data), nil
		case ok:
			return string(data), nil
		}
	}
	return "", nil
}

// latin1 returns a text that has one byte for each character.
func latin1(data []byte) string {
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// answer sends a request and returns the word of the reply at an offset.
func (r *reader) answer(at int, code, data byte, words ...uint32) (uint32, error) {
	if err := r.request(code, data, words...); err != nil {
		return 0, err
	}
	b, err := r.reply()
	if err != nil {
		return 0, err
	}
	return le.Uint32(b[at:]), nil
}

func (r *reader) atom(name string) (uint32, error) {
	b := padded([]byte(name))
	words := []uint32{uint32(len(name))}
	for i := 0; i < len(b); i += 4 {
		words = append(words, le.Uint32(b[i:]))
	}
	return r.answer(8, internAtom, 0, words...)
}

// convert asks the owner for the text in a form; false: it has none in that form.
func (r *reader) convert(target uint32) ([]byte, bool, error) {
	if err := r.request(convertSelection, 0, r.window, r.clipboard, target, r.destination, 0); err != nil {
		return nil, false, err
	}
	b, err := r.event(func(b []byte) bool { return b[0]&0x7f == selectionNotify && le.Uint32(b[16:]) == target })
	if err != nil || le.Uint32(b[20:]) == 0 {
		return nil, false, err
	}
	r.events = nil // among them that there is a value now
	data, kind, err := r.take()
	if err != nil || kind != r.incr {
		return data, kind == target, err
	}
	data, err = r.pieces()
	return data, true, err
}

// take returns the value that the owner has left, and its kind, and removes it. That
// tells the owner to go on.
func (r *reader) take() (data []byte, kind uint32, err error) {
	if err := r.request(getProperty, 1, r.window, r.destination, 0, 0, MaxText/4); err != nil {
		return nil, 0, err
	}
	b, err := r.reply()
	if err != nil {
		return nil, 0, err
	}
	format, left, n := b[1], le.Uint32(b[12:]), int(le.Uint32(b[16:]))
	size := n * int(format) / 8
	switch {
	case left > 0:
		return nil, 0, ErrTooLong
	case n > MaxText || size > len(b)-blockSize:
		return nil, 0, errShort
	}
	return b[blockSize : blockSize+size], le.Uint32(b[8:]), nil
}

// pieces returns a text that the owner hands over piece by piece, the last of them
// empty.
func (r *reader) pieces() ([]byte, error) {
	var all []byte
	for {
		if _, err := r.event(func(b []byte) bool {
			return b[0]&0x7f == propertyNotify && le.Uint32(b[8:]) == r.destination && b[16] == newValue
		}); err != nil {
			return nil, err
		}
		piece, _, err := r.take()
		switch {
		case err != nil:
			return nil, err
		case len(piece) == 0:
			return all, nil
		case len(all)+len(piece) > MaxText:
			return nil, ErrTooLong
		}
		all = append(all, piece...)
	}
}

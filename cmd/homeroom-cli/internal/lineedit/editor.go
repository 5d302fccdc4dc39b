// Package lineedit is the one line that a person types at the bottom of a
// terminal while text arrives above it. The line takes exactly one row and
// scrolls sideways when it is longer: a row can be cleared and drawn again
// without knowing how the terminal wrapped it, so nothing that arrives can
// break it, whatever the width of its characters. (Two editors that wrap, those
// of chzyer/readline and x/term, were tried with Chinese and emoji: both left
// pieces of the line behind.)
package lineedit

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxHistory is how many entered lines can be called back.
const maxHistory = 100

// minColumns is the width that is drawn for if the terminal tells less.
const minColumns = 10

// What an editor sends to the terminal besides text.
const (
	seqClearRow  = "\r\x1b[K"
	seqWrapOff   = "\x1b[?7l" // a row that is wider than thought must not wrap
	seqWrapOn    = "\x1b[?7h"
	seqPasteOn   = "\x1b[?2004h" // pasted text comes between marks
	seqPasteOff  = "\x1b[?2004l"
	seqClearAll  = "\x1b[H\x1b[2J"
	seqBell      = "\a"
	cutMark      = "…" // stands at the left where the line goes on
	cutMarkWidth = 1
)

// An EventKind says what the person did.
type EventKind int

// The events.
const (
	Entered     EventKind = iota // Text is the line, without its end
	Interrupted                  // Ctrl-C
	Ended                        // Ctrl-D on an empty line
)

// An Event is something that the person did.
type Event struct {
	Kind EventKind
	Text string
}

// Options of an Editor.
type Options struct {
	Prompt   string
	MaxBytes int        // longer than this the line does not get
	Columns  func() int // the width of the terminal now
}

// An Editor draws the line and the text above it. It is not safe for
// concurrent use and starts no goroutine. The terminal must be in raw mode.
type Editor struct {
	out     io.Writer
	opts    Options
	keys    decoder
	line    line
	entered []string // history, oldest first
	recall  int      // index into entered; len(entered) is the line being typed
	draft   string   // the line being typed while an entered one is shown
}

// New returns an Editor and draws its empty line.
func New(out io.Writer, opts Options) (*Editor, error) {
	e := &Editor{out: out, opts: opts}
	return e, e.write(seqPasteOn + e.row())
}

// Feed takes what the terminal sent and returns what it meant. Errors are
// those of writing to the terminal.
func (e *Editor) Feed(chunk []byte) ([]Event, error) {
	var events []Event
	var effects strings.Builder
	e.keys.feed(chunk, func(p keyPress) {
		if event, ok := e.press(p, &effects); ok {
			events = append(events, event)
		}
	})
	return events, e.write(effects.String() + seqClearRow + e.row())
}

// Print shows text above the line. It must be whole lines, each ended by
// "\n", with nothing in it that a terminal obeys.
func (e *Editor) Print(text string) error {
	return e.write(seqClearRow + strings.ReplaceAll(text, "\n", "\r\n") + e.row())
}

// Close removes the line from the terminal.
func (e *Editor) Close() error {
	return e.write(seqClearRow + seqPasteOff)
}

func (e *Editor) write(s string) error {
	if _, err := io.WriteString(e.out, s); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}

// press applies one key. Effects are sequences to send before the line is
// drawn again.
func (e *Editor) press(p keyPress, effects *strings.Builder) (Event, bool) {
	switch p.key {
	case keyText:
		e.insert(p.text, effects)
	case keyBreak:
		e.insert('\n', effects)
	case keyEnter:
		return Event{Kind: Entered, Text: e.enter()}, true
	case keyInterrupt:
		return Event{Kind: Interrupted}, true
	case keyDeleteOrEOF:
		if e.line.empty() {
			return Event{Kind: Ended}, true
		}
		e.line.right = e.line.right[e.line.after():]
	case keyRedraw:
		effects.WriteString(seqClearAll)
	case keyUp:
		e.show(e.recall - 1)
	case keyDown:
		e.show(e.recall + 1)
	default:
		e.edit(p.key)
	}
	return Event{}, false
}

func (e *Editor) edit(k key) {
	l := &e.line
	switch k {
	case keyHome:
		l.home()
	case keyEnd:
		l.end()
	case keyLeft:
		l.moveLeft(l.before())
	case keyRight:
		l.moveRight(l.after())
	case keyWordLeft:
		l.moveLeft(l.wordBefore())
	case keyWordRight:
		l.moveRight(l.wordAfter())
	case keyBackspace:
		l.left = l.left[:len(l.left)-l.before()]
	case keyDelete:
		l.right = l.right[l.after():]
	case keyKillLeft:
		l.left = nil
	case keyKillRight:
		l.right = nil
	case keyKillWord:
		l.left = l.left[:len(l.left)-l.wordBefore()]
	}
}

func (e *Editor) insert(r rune, effects *strings.Builder) {
	if unicode.IsControl(r) && r != '\t' && r != '\n' {
		return
	}
	if e.line.len()+utf8.RuneLen(r) > e.opts.MaxBytes {
		if !strings.HasSuffix(effects.String(), seqBell) {
			effects.WriteString(seqBell)
		}
		return
	}
	e.line.insert(r)
}

func (e *Editor) enter() string {
	text := e.line.String()
	e.line.set("")
	if strings.TrimSpace(text) != "" && (len(e.entered) == 0 || e.entered[len(e.entered)-1] != text) {
		e.entered = append(e.entered, text)
		if len(e.entered) > maxHistory {
			e.entered = e.entered[1:]
		}
	}
	e.recall, e.draft = len(e.entered), ""
	return text
}

// show calls back the entered line with that index.
func (e *Editor) show(index int) {
	if index < 0 || index > len(e.entered) {
		return
	}
	if e.recall == len(e.entered) {
		e.draft = e.line.String()
	}
	e.recall = index
	if index == len(e.entered) {
		e.line.set(e.draft)
		return
	}
	e.line.set(e.entered[index])
}

// row returns what draws the prompt, the part of the line around the cursor
// and the cursor, in a row that has just been cleared.
func (e *Editor) row() string {
	columns := max(e.opts.Columns(), minColumns)
	prompt := e.opts.Prompt
	room := columns - 1 - uniseg.StringWidth(prompt) // the last column is the cursor's
	if room < minColumns/2 {
		prompt, room = "", columns-1
	}
	left, right := cells(e.line.left), cells(e.line.right)
	share := room
	if rightWidth := width(right); rightWidth > 0 {
		share = max(room-rightWidth, room-room/4)
	}
	left, cut := lastThatFit(left, share)
	var b strings.Builder
	b.WriteString(seqWrapOff + prompt)
	if cut {
		b.WriteString(cutMark)
	}
	used := 0
	for _, c := range left {
		b.WriteString(c.text)
		used += c.width
	}
	if cut {
		used += cutMarkWidth
	}
	for drawn := used; len(right) > 0 && drawn+right[0].width <= room; right = right[1:] {
		b.WriteString(right[0].text)
		drawn += right[0].width
	}
	cursor := columns - 1 - room + used // the columns before it
	fmt.Fprintf(&b, "%s\x1b[%dG", seqWrapOn, cursor+1)
	return b.String()
}

func width(all []cell) int {
	n := 0
	for _, c := range all {
		n += c.width
	}
	return n
}

// lastThatFit returns the end of all that fits into room, a cutMark included
// if something had to be cut.
func lastThatFit(all []cell, room int) (fit []cell, cut bool) {
	if width(all) <= room {
		return all, false
	}
	room -= cutMarkWidth
	from := len(all)
	for from > 0 && all[from-1].width <= room {
		from--
		room -= all[from].width
	}
	return all[from:], true
}

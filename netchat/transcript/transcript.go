// Package transcript writes what was said in a room for people and programs
// outside of it: as text, as a page for a browser and for printing, or as one
// JSON object a line.
package transcript

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A Format is how a transcript is written.
type Format string

// The formats. HTML is one file that needs no other and runs nothing. JSONLines
// has every Event of whatever kind, the others those that have something to show.
const (
	Text      Format = "text"
	HTML      Format = "html"
	JSONLines Format = "jsonl"
)

// Formats returns all of them.
func Formats() []Format { return []Format{Text, HTML, JSONLines} }

// Texts are what a transcript says by itself, in the reader's language. JSONLines
// needs none.
type Texts struct {
	Lang      string                      // a BCP 47 tag, for HTML
	Saved     string                      // a line under the room's name: when this was written
	Empty     string                      // instead of messages, if there are none
	Erased    string                      // instead of a text that was erased
	ForHosts  string                      // marks what only hosts may see
	PrivateTo func(names []string) string // marks what only these and the author may see
}

// Options say how a transcript is written.
type Options struct {
	Format Format
	Room   string // what the room is called
	Texts  Texts
	Zone   *time.Location // of the times in Text and HTML; nil: this machine's

	// NameOf says what a member is called who is named by no Event, empty if it
	// does not know either. It may be nil.
	NameOf func(netchat.MemberID) string

	// Progress, if not nil, is called now and then, and at the end with done equal
	// to total. Both count steps, of which Text and HTML need two for each Event.
	Progress func(done, total uint64)
	Events   uint64 // how many are expected; only for Progress
}

// Write writes events to w in their order, and ends with the first error of
// either. Text and HTML run through events twice, to learn the names first: it
// has to start anew each time. Then a member is called what it was called at that
// moment, with its label wherever two could be taken for each other; of those who
// never said anything, only NameOf knows the name. What else strangers wrote is
// made harmless for the reader's screen.
func Write(w io.Writer, events iter.Seq2[*netchat.Event, error], o Options) error {
	if err := write(w, events, o); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	return nil
}

func write(w io.Writer, events iter.Seq2[*netchat.Event, error], o Options) error {
	if o.Zone == nil {
		o.Zone = time.Local
	}
	out := bufio.NewWriterSize(w, bufferSize)
	steps := &steps{tell: o.Progress, total: o.Events}
	var err error
	switch o.Format {
	case JSONLines:
		err = writeLines(out, steps.count(events))
	case Text, HTML:
		steps.total *= 2
		err = writePages(out, steps.count(events), o)
	default:
		err = fmt.Errorf("no format %q", o.Format)
	}
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	steps.end()
	return nil
}

// bufferSize is how much is written at once, in bytes.
const bufferSize = 64 << 10

// A face is one of the formats for people.
type face interface {
	begin(o Options)
	day(date time.Time)
	entry(e entry)
	end(empty bool)
}

// An entry is a message as people read it. Its strings are as strangers wrote
// them.
type entry struct {
	at   time.Time
	from string
	mark string // who alone may see it; empty: everybody
	text string
}

// writePages writes for people. The errors of out are told by its next write or
// Flush.
func writePages(out *bufio.Writer, events iter.Seq2[*netchat.Event, error], o Options) error {
	names := newNames(o.NameOf)
	for e, err := range events {
		if err != nil {
			return err
		}
		names.meet(e)
	}
	var f face = &textFace{out: out}
	if o.Format == HTML {
		f = &pageFace{out: out}
	}
	f.begin(o)
	var date time.Time
	for e, err := range events {
		if err != nil {
			return err
		}
		shown, ok := names.entryOf(e, o)
		if !ok {
			continue
		}
		if y, m, d := shown.at.Date(); date.IsZero() || date != time.Date(y, m, d, 0, 0, 0, 0, o.Zone) {
			date = time.Date(y, m, d, 0, 0, 0, 0, o.Zone)
			f.day(date)
		}
		f.entry(shown)
		if _, err := out.Write(nil); err != nil { // what an earlier write met with
			return err
		}
	}
	f.end(date.IsZero())
	return nil
}

// stepsTold is after how many steps Progress is called.
const stepsTold = 256

// steps tells how far the writing is.
type steps struct {
	tell        func(done, total uint64)
	done, total uint64
}

// count counts the events that pass.
func (s *steps) count(events iter.Seq2[*netchat.Event, error]) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		for e, err := range events {
			s.done++
			if s.tell != nil && s.done%stepsTold == 0 {
				s.tell(min(s.done, s.total), s.total)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (s *steps) end() {
	if s.tell != nil {
		s.tell(s.total, s.total)
	}
}

package app

import (
	"math"
	"strings"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
)

// maxCopied bounds what is put on the clipboard at once, in bytes: X servers
// take no more than some megabytes in one piece.
const maxCopied = 4 << 20

// A textSpot is a place between two characters of a line.
type textSpot struct {
	line   *model.Line
	index  int    // where line was in the timeline last
	said   string // what the line said then: offset counts in it, cleaned
	offset int
}

func (a textSpot) before(b textSpot) bool {
	return a.index < b.index || a.index == b.index && a.offset < b.offset
}

func earlier(a, b textSpot) textSpot {
	if b.before(a) {
		return b
	}
	return a
}

func later(a, b textSpot) textSpot {
	if a.before(b) {
		return b
	}
	return a
}

// A stretch is the text between two spots; to is not before from.
type stretch struct{ from, to textSpot }

// A selection is the stretch of the timeline that is marked, to be copied: from
// what was pressed first to where it was extended last. Its ends are held by
// lines, wherever these move; it is gone as soon as one of the two is.
type selection struct {
	source *model.Timeline
	origin stretch
	latest stretch
	all    stretch
}

// begun reports whether there is something to extend, be it as short as a
// textSpot.
func (s *selection) begun() bool { return s.origin.from.line != nil }

// empty reports whether no text is selected.
func (s *selection) empty() bool { return !s.all.from.before(s.all.to) }

// clear selects nothing.
func (s *selection) clear() { s.origin, s.latest, s.all = stretch{}, stretch{}, stretch{} }

// begin selects a stretch alone.
func (s *selection) begin(what stretch) {
	s.origin = what
	s.extend(what)
}

// extend selects from where it began to what, both included.
func (s *selection) extend(what stretch) {
	s.latest = what
	s.all.from = earlier(s.origin.from, what.from)
	s.all.to = later(s.origin.to, what.to)
}

// settle finds the lines again after the timeline changed, and selects nothing
// if one is gone or says something else.
func (s *selection) settle() {
	if !s.begun() {
		return
	}
	for _, at := range []*textSpot{&s.origin.from, &s.origin.to, &s.latest.from, &s.latest.to} {
		at.index = s.source.Find(at.line, at.index)
		if at.index < 0 || at.line.Message.Text != at.said {
			s.clear()
			return
		}
	}
	s.extend(s.latest)
}

// of returns which bytes of the cleaned text of line i are selected, as far as
// it has them; from is not below to if none are.
func (s *selection) of(i int) (from, to int) {
	a, b := s.all.from, s.all.to
	if s.empty() || i < a.index || i > b.index {
		return 0, 0
	}
	to = math.MaxInt
	if i == a.index {
		from = a.offset
	}
	if i == b.index {
		to = b.offset
	}
	return from, to
}

// holds reports whether the byte at offset of line i is selected.
func (s *selection) holds(i, offset int) bool {
	from, to := s.of(i)
	return offset >= from && offset < to
}

// copied returns what is selected as it is given to others: of one message
// exactly that, of several each with who said it and when. It reports false if
// that was too much and text is only the beginning.
func (s *selection) copied(k *kit) (text string, whole bool) {
	s.settle()
	if s.empty() {
		return "", true
	}
	a, b := s.all.from, s.all.to
	stamp := "15:04"
	if k.dateOf(a.line) != k.dateOf(b.line) {
		stamp = "2006-01-02 15:04"
	}
	var heads, texts []string
	size := 0
	for i := a.index; i <= b.index; i++ {
		l := s.source.Line(i)
		said := lineText(k, l)
		from, to := s.of(i)
		to = min(to, len(said))
		if from >= to {
			continue
		}
		head := k.lineHead(l, stamp)
		if size += len(head) + to - from + 1; size > maxCopied {
			break
		}
		heads, texts = append(heads, head), append(texts, said[from:to])
	}
	if len(texts) == 1 {
		return texts[0], size <= maxCopied
	}
	for i, head := range heads {
		texts[i] = head + texts[i]
	}
	return strings.Join(texts, "\n"), size <= maxCopied
}

// lineText returns what a line says as it is drawn, without who says it.
func lineText(k *kit, l *model.Line) string {
	if l.Kind == model.LineSystem {
		return k.systemLine(&l.System) + " · " + k.clock(l.Time())
	}
	return textflow.Clean(l.Message.Text)
}

// lineHead returns who said a line, and when, for the beginning of a copied
// line; of a system line nothing, as it says so itself.
func (k *kit) lineHead(l *model.Line, stamp string) string {
	if l.Kind == model.LineSystem {
		return ""
	}
	name := model.DisplayName(l.Message.Name, l.Message.Author.Label())
	if l.Private() {
		name += " " + k.say(textPrivateMark)
	}
	return "[" + l.Time().In(k.zone).Format(stamp) + "] " + name + ": "
}

// dateOf returns the day of a line in the reader's zone.
func (k *kit) dateOf(l *model.Line) string { return l.Time().In(k.zone).Format("2006-01-02") }

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/lineedit"
	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/netchat"
)

// clock is how the time of a message is shown; indent is as wide as it and the
// blank behind it, and two more.
const (
	clock  = "15:04:05"
	indent = "           "
)

// maxTextLine bounds a line that is not JSON: an address and the longest text.
const maxTextLine = 1 + netchat.MaxName + 1 + netchat.MaxText

// wordExit is what people type to leave, in any case.
const wordExit = "exit"

// A textFace is for people: in a terminal with a line being typed, or on plain
// streams.
type textFace struct {
	say    texts
	random io.Reader
	out    io.Writer        // plain streams
	lines  splitter         // plain streams
	editor *lineedit.Editor // a terminal; nil on plain streams
	known  bool             // a Welcome was shown
	lost   bool             // the loss of the connection was shown, and not yet its return
	codes  *codes

	stranger sentence // what was shown of somebody in the room's place since the loss
}

// print shows whole lines, the first with a time before it unless that is zero.
func (f *textFace) print(at time.Time, text string) error {
	if !at.IsZero() {
		text = at.Local().Format(clock) + " " + text
	}
	text = termsafe.Indent(text, indent) + "\n"
	if f.editor != nil {
		return f.editor.Print(text)
	}
	if _, err := io.WriteString(f.out, text); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// tell shows a sentence of our own.
func (f *textFace) tell(s sentence, args ...any) error {
	return f.print(time.Time{}, f.say.of(s, args...))
}

// called is how a member is shown: with the id if somebody else here has the
// same name.
func called(m *mirror, id netchat.MemberID, name string) string {
	shown := termsafe.Line(name)
	for _, other := range m.roster.Members {
		if other.ID != id && termsafe.Line(other.Name) == shown {
			return shown + " (" + showLabel(m.label(id)) + ")"
		}
	}
	return shown
}

// showLabel is a label as it is shown: a plain server may call its clients anything.
func showLabel(l netchat.Label) string { return termsafe.Line(string(l)) }

func (f *textFace) message(m *mirror, msg netchat.Message) error {
	from, text := called(m, msg.Author, msg.Name), termsafe.Block(msg.Text)
	if !msg.Audience.Private() {
		return f.print(msg.Time, f.say.of(chatPublic, from, text))
	}
	to := m.recipient(msg.Audience)
	name := showLabel(m.label(to))
	if member, ok := m.roster.Find(to); ok {
		name = called(m, to, member.Name)
	}
	return f.print(msg.Time, f.say.of(chatPrivate, from, name, text))
}

func (f *textFace) update(m *mirror, u netchat.Update) error {
	switch u := u.(type) {
	case *netchat.Welcome:
		return f.welcome(m, u)
	case *netchat.SystemLine:
		return f.print(u.Time, f.say.of(chatSystem, f.system(m, u)))
	case *netchat.RosterDelta:
		return f.renamed(m, u.Time)
	case *netchat.Refused:
		return f.tell(chatRefused, f.say.explainRefusal(u.Reason))
	case *netchat.Gap:
		return f.tell(chatGap)
	case *netchat.Waiting:
		return f.tell(chatWaiting, len(u.Posts))
	case *netchat.KeptAside:
		return f.tell(chatAside, termsafe.Line(u.Path))
	case *netchat.NotKept:
		if u.Err == nil {
			return f.tell(chatKept)
		}
		return f.tell(chatNotKept)
	case *netchat.RenameRefused:
		if u.Reason == netchat.RefusedUnknownType {
			return f.tell(chatNoRename)
		}
		return f.tell(chatNotRenamed, termsafe.Line(u.Name), f.say.explainRefusal(u.Reason))
	case *netchat.StateChange:
		if u.State == netchat.StateReconnecting {
			return f.loss(u.Err)
		}
	}
	return nil
}

// due implements face.
func (f *textFace) due() <-chan time.Time { return nil }

// catchUp implements face.
func (f *textFace) catchUp(*mirror) error { return nil }

// loss tells once that the connection is lost, and once that somebody else
// answers in the room's place.
func (f *textFace) loss(why error) error {
	var err error
	if !f.lost {
		f.lost = true
		err = f.tell(chatLost)
	}
	stranger := sentence("")
	switch {
	case errors.Is(why, netchat.ErrChangedKey):
		stranger = chatStranger
	case errors.Is(why, netchat.ErrNoTLS), errors.Is(why, netchat.ErrStripped):
		stranger = chatNoTLS
	case errors.Is(why, netchat.ErrProtocol):
		stranger = failProtocol
	}
	if stranger == "" || stranger == f.stranger {
		return err
	}
	f.stranger = stranger
	return errors.Join(err, f.tell(stranger))
}

func (f *textFace) welcome(m *mirror, w *netchat.Welcome) error {
	f.lost, f.stranger = false, ""
	if f.known {
		if w.Recovered || w.Rich { // what is missing is a Gap
			return f.tell(chatBack)
		}
		return f.tell(chatBackMissed)
	}
	f.known = true
	self := termsafe.Line(w.Self.Name)
	var err error
	if w.Room.Name == "" {
		err = f.tell(chatJoinedServer, self)
	} else {
		err = f.tell(chatJoinedRoom, self, termsafe.Line(w.Room.Name), termsafe.Line(w.Room.Host))
	}
	if err != nil {
		return err
	}
	return f.who(m)
}

// renamed tells who is called something else now.
func (f *textFace) renamed(m *mirror, at time.Time) error {
	for _, one := range m.renamed {
		line := f.say.of(chatRenamed, termsafe.Line(one.was), termsafe.Line(one.Name))
		if one.ID == m.self.ID {
			line = f.say.of(chatYouRenamed, termsafe.Line(one.Name))
		}
		if err := f.print(at, f.say.of(chatSystem, line)); err != nil {
			return err
		}
	}
	return nil
}

// who shows everybody here.
func (f *textFace) who(m *mirror) error {
	rows := make([]string, 0, len(m.roster.Members)+1)
	rows = append(rows, f.say.of(chatHere, len(m.roster.Members)))
	for _, member := range m.roster.Members {
		name := termsafe.Line(member.Name)
		if member.ID == m.self.ID {
			name = f.say.of(chatYou, name)
		}
		rows = append(rows, showLabel(member.Label)+" | "+name+f.padlock(m, member))
	}
	return f.rows(rows)
}

func (f *textFace) rows(rows []string) error {
	for _, row := range rows {
		if err := f.print(time.Time{}, row); err != nil {
			return err
		}
	}
	return nil
}

func (f *textFace) system(m *mirror, line *netchat.SystemLine) string {
	name := termsafe.Line(line.Name)
	if label, ok := m.mover(line.Name); ok {
		name = showLabel(label) + " | " + name
	}
	switch line.What {
	case netchat.SystemJoined:
		return f.say.of(chatCame, name)
	case netchat.SystemLeft:
		return f.say.of(chatLeft, name)
	}
	return termsafe.Block(line.Text)
}

func (f *textFace) split(data []byte, ended bool) ([]typed, error) {
	if f.editor == nil {
		if ended {
			return f.lines.end(), nil
		}
		return f.lines.feed(data), nil
	}
	if ended {
		return nil, nil
	}
	events, err := f.editor.Feed(data)
	out := make([]typed, 0, len(events))
	for _, e := range events {
		switch e.Kind {
		case lineedit.Entered:
			out = append(out, typed{line: e.Text})
		case lineedit.Interrupted:
			out = append(out, typed{kind: typedBreak})
		case lineedit.Ended:
			out = append(out, typed{kind: typedEnd})
		}
	}
	return out, err
}

func (f *textFace) read(m *mirror, t typed) (intent, error) {
	if t.tooLong {
		return intent{failed: true}, f.tell(chatTooLong, netchat.MaxText)
	}
	// What one does not see in front of a line must not make a message to all of it.
	seen := strings.TrimLeftFunc(t.line, unseen)
	first, size := utf8.DecodeRuneInString(seen)
	switch rest := seen[size:]; {
	case seen == "":
		return intent{}, nil
	case strings.EqualFold(strings.TrimRightFunc(seen, unseen), wordExit):
		return intent{leave: true}, nil
	case strings.ContainsRune(atSigns, first):
		return f.private(m, rest)
	case !strings.ContainsRune(slashes, first):
		return f.post(t.line)
	case rest != "" && strings.ContainsRune(slashes, firstRune(rest)):
		return f.post(rest)
	default:
		word, more := cutBlank(rest)
		return runSlash(f, m, word, strings.TrimFunc(more, unseen))
	}
}

// private understands what follows an @.
func (f *textFace) private(m *mirror, rest string) (intent, error) {
	who, name, text := m.address(strings.TrimLeftFunc(rest, unseen))
	switch {
	case strings.TrimSpace(text) == "":
		return intent{}, f.tell(chatHowPrivate)
	case len(who) == 0:
		return intent{failed: true}, f.tell(chatNobody, termsafe.Line(name))
	case len(who) > 1:
		return intent{failed: true}, f.tell(chatSeveral, termsafe.Line(name), labels(who))
	}
	return f.post(text, who[0].ID)
}

func labels(members []netchat.Member) string {
	all := make([]string, 0, len(members))
	for _, member := range members {
		all = append(all, showLabel(member.Label))
	}
	return strings.Join(all, ", ")
}

func (f *textFace) post(text string, to ...netchat.MemberID) (intent, error) {
	id, err := netchat.RandomEventID(f.random)
	if err != nil {
		return intent{}, err
	}
	return intent{post: &netchat.Post{ID: id, To: to, Text: text}}, nil
}

func (f *textFace) sent(m *mirror, _ netchat.Post, err error, waiting int) error {
	switch {
	case err != nil && isTooLong(err):
		return f.tell(chatTooLong, netchat.MaxText)
	case err != nil:
		return f.tell(chatRefused, termsafe.Line(err.Error()))
	case !m.online && f.editor != nil:
		return f.tell(chatWaits, waiting)
	}
	return nil
}

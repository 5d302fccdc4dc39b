package app

import (
	"github.com/homeroomchat/homeroom/netchat"
)

// A seeking brings a message into view, among those that were said around it. The
// zero seeking does nothing.
type seeking struct {
	seq uint64 // of the message; 0: none
	id  netchat.EventID
}

// begin looks for the message, in the room if it is not at hand.
func (g seeking) begin(s *roomScreen) {
	s.search.sought = g
	if !s.room.Timeline().Seek(g.seq) {
		s.write.say(s.app.kit.say(textSeeking))
		if err := s.in.chat.Around(g.seq, netchat.MaxPageMessages); err != nil {
			s.apply([]netchat.Update{&netchat.Page{Of: netchat.PageAsk{Around: g.seq}, Err: err}})
			return
		}
	}
	s.search.sought.goOn(s)
}

// goOn goes on when the timeline has changed.
func (g *seeking) goOn(s *roomScreen) {
	t := s.room.Timeline()
	if g.seq == 0 || t.Seeking() {
		return
	}
	sought := *g
	*g = seeking{}
	i, ok := t.At(sought.seq)
	if !ok || t.Line(i).Message.ID != sought.id { // what was found may be of another Log
		s.write.say(s.app.kit.say(textNotThere))
		return
	}
	s.write.say("")
	s.lines.show(i)
	s.focus()
}

// toNewest shows the newest message, whatever is looked for.
func toNewest(s *roomScreen) {
	if s.search.sought.seq != 0 {
		s.search.sought = seeking{}
		s.write.say("")
	}
	s.lines.toEnd()
}

// askNewer asks the room for what was said after the part that is shown.
func askNewer(s *roomScreen) {
	after, ok := s.room.Timeline().AskNewer()
	if !ok {
		return
	}
	if err := s.in.chat.After(after, netchat.MaxPageMessages); err != nil {
		s.app.log.Warn("no newer messages", "err", err)
		s.room.Timeline().Unasked()
	}
}

package historytest

import (
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// A model is a Log that is too simple to be wrong: a list.
type model struct {
	events []*netchat.Event // events[i].Seq is i+1
}

func (m *model) append(epoch netchat.Epoch, batch []netchat.Event) []history.Stored {
	var stored []history.Stored
	for _, e := range batch {
		same := func(o *netchat.Event) bool { return o.Author == e.Author && o.ID == e.ID }
		if i := slices.IndexFunc(m.events, same); i >= 0 {
			stored = append(stored, history.Stored{Event: m.events[i], Duplicate: true})
			continue
		}
		var previous []byte
		if n := len(m.events); n > 0 {
			previous = m.events[n-1].Chain
		}
		e.Epoch, e.Seq = epoch, uint64(len(m.events)+1)
		e.Digest = netchat.DigestOf(e.Salt, e.Body)
		e.Chain = e.ChainAfter(previous)
		m.events = append(m.events, &e)
		stored = append(stored, history.Stored{Event: &e})
	}
	return stored
}

// seqOf returns the Seq of what is stored by that name, 0 if nothing is.
func (m *model) seqOf(name netchat.Ref) uint64 {
	return uint64(1 + slices.IndexFunc(m.events, func(e *netchat.Event) bool { return e.Author == name.Author && e.ID == name.ID }))
}

// at returns the position with that Seq, the zero one for 0.
func (m *model) at(seq uint64) netchat.Position {
	if seq == 0 {
		return netchat.Position{}
	}
	return m.events[seq-1].Position()
}

// tail returns a Tail's Events and the Seq of the first one left out, 0 if none.
func (m *model) tail(after uint64, viewer history.Viewer, limit int) (events []*netchat.Event, next uint64) {
	for _, e := range m.events[after:] {
		if e.VisibleTo(viewer.Member, viewer.Host) {
			events = append(events, e)
		}
	}
	if len(events) > limit {
		return events[:limit], events[limit].Seq
	}
	return events, 0
}

// messages returns all that viewer may see, oldest first.
func (m *model) messages(viewer history.Viewer) []netchat.Message {
	var all []netchat.Message
	for _, e := range m.events {
		message, ok := netchat.MessageOf(e)
		if ok && e.Seq > viewer.Floor && e.VisibleTo(viewer.Member, viewer.Host) {
			all = append(all, message)
		}
	}
	return all
}

func (m *model) page(q history.PageQuery) history.Page {
	all := m.messages(q.Viewer)
	split := func(keep func(seq uint64) bool) (older, newer []netchat.Message) {
		for _, message := range all {
			if keep(message.Seq) {
				older = append(older, message)
			} else {
				newer = append(newer, message)
			}
		}
		return older, newer
	}
	// newest returns as much of the end of messages as fits.
	newest := func(messages []netchat.Message, limit, maxBytes int) []netchat.Message {
		n := 0
		for n < len(messages) && fits(messages[len(messages)-n-1:], limit, maxBytes) {
			n++
		}
		return messages[len(messages)-n:]
	}
	if q.After != 0 && q.Around == 0 {
		older, newer := split(func(seq uint64) bool { return seq <= q.After })
		n := 0
		for n < len(newer) && fits(newer[:n+1], q.Limit, q.MaxBytes) {
			n++
		}
		return history.Page{Messages: newer[:n], More: len(older) > 0, Newer: n < len(newer)}
	}
	if q.Around == 0 {
		older, newer := split(func(seq uint64) bool { return q.Before == 0 || seq < q.Before })
		got := newest(older, q.Limit, q.MaxBytes)
		return history.Page{Messages: got, More: len(got) < len(older), Newer: len(newer) > 0}
	}
	older, newer := split(func(seq uint64) bool { return seq <= q.Around })
	page := newest(older, (q.Limit+1)/2, (q.MaxBytes+1)/2)
	more := len(page) < len(older)
	page = slices.Clone(page)
	before := len(page)
	for _, message := range newer {
		longer := append(slices.Clone(page), message)
		if !fits(longer, q.Limit, q.MaxBytes) {
			break
		}
		page = longer
	}
	return history.Page{Messages: page, More: more, Newer: len(page)-before < len(newer)}
}

// fits reports whether messages may be one page.
func fits(messages []netchat.Message, limit, maxBytes int) bool {
	total := 0
	for _, m := range messages {
		total += len(m.Text)
	}
	return len(messages) <= limit && (maxBytes == 0 || len(messages) == 1 || total <= maxBytes)
}

// search knows texts that consist of whole words only.
func (m *model) search(q history.SearchQuery) []netchat.Message {
	var found []netchat.Message
	for _, message := range slices.Backward(m.messages(q.Viewer)) {
		text := strings.ToLower(strings.TrimSpace(q.Text))
		if text != "" && len(found) < q.Limit && strings.Contains(strings.ToLower(message.Text), text) {
			found = append(found, message)
		}
	}
	return found
}

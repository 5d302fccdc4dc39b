package server

import (
	"log/slog"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// encode frames what a rich member gets. What cannot be encoded is logged and
// left out: it came from our own state.
func encode(log *slog.Logger, f wire.ServerFrame) wire.Framed {
	payload, err := wire.EncodeServer(f)
	if err != nil {
		log.Error("encode frame", "type", f.Type, "err", err)
		return wire.Framed{}
	}
	return wire.FrameText(payload)
}

func encodeDelta(log *slog.Logger, d *netchat.RosterDelta) wire.Framed {
	return encode(log, wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(d)})
}

func encodeSnapshot(log *slog.Logger, p *history.Page) wire.Framed {
	return encode(log, wire.ServerFrame{
		Type: wire.TypePage, Snapshot: true, Messages: wire.FromMessages(p.Messages), More: p.More,
	})
}

func encodeRoster(log *slog.Logger, r *netchat.Roster) []byte {
	payload, err := wire.EncodeRoster(*r)
	if err != nil {
		log.Error("encode roster", "err", err)
	}
	return payload
}

// recentBytes bounds the encoded Events that are kept for members who read from
// the Log: those who lag a little mostly want the same ones.
const recentBytes = 4 << 20

// An encoder encodes once what several rich members want at different times.
// Only the desk uses it.
type encoder struct {
	log    *slog.Logger
	recent map[entryName]wire.Framed
	order  []entryName // the keys of recent, oldest first
	bytes  int         // of recent

	version uint64 // of roster
	roster  wire.Framed
}

// An entryName names one entry of a Log.
type entryName struct {
	epoch netchat.Epoch
	seq   uint64
}

func newEncoder(log *slog.Logger) *encoder {
	return &encoder{log: log, recent: make(map[entryName]wire.Framed)}
}

// event returns the frame of e.
func (c *encoder) event(e *netchat.Event) wire.Framed {
	name := entryName{e.Epoch, e.Seq}
	if f, ok := c.recent[name]; ok {
		return f
	}
	w := wire.FromEvent(e)
	f := encode(c.log, wire.ServerFrame{Type: wire.TypeEvent, Event: &w})
	c.recent[name] = f
	c.order = append(c.order, name)
	c.bytes += len(f)
	for c.bytes > recentBytes {
		oldest := c.order[0]
		c.bytes -= len(c.recent[oldest])
		delete(c.recent, oldest)
		c.order = c.order[1:]
	}
	return f
}

// rosterOf returns the frame of r's whole roster. One that was made at the same
// version serves as well: what has changed since comes as a delta.
func (c *encoder) rosterOf(r *room.Room) wire.Framed {
	if c.roster == nil || c.version != r.Version() {
		roster := r.Roster()
		c.version = roster.Version
		c.roster = encode(c.log, wire.ServerFrame{Type: wire.TypeRoster, Roster: wire.FromRoster(roster)})
	}
	return c.roster
}

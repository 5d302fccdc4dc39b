package server

import (
	"log/slog"

	"github.com/homeroomchat/homeroom/netchat"
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

func encodeEvent(log *slog.Logger, e *netchat.Event) wire.Framed {
	w := wire.FromEvent(e)
	return encode(log, wire.ServerFrame{Type: wire.TypeEvent, Event: &w})
}

func encodeDelta(log *slog.Logger, d *netchat.RosterDelta) wire.Framed {
	return encode(log, wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(d)})
}

func encodeRoster(log *slog.Logger, r *netchat.Roster) []byte {
	payload, err := wire.EncodeRoster(*r)
	if err != nil {
		log.Error("encode roster", "err", err)
	}
	return payload
}

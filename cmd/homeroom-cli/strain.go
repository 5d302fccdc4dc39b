package main

import (
	"encoding/json"

	"github.com/homeroomchat/homeroom/netchat"
)

// tellStrain tells the host how hard it is to get into the room.
func (e env) tellStrain(s netchat.Strain, asJSON bool) error {
	if asJSON {
		type held struct {
			Address string `json:"address"`
			Seats   int    `json:"seats"`
		}
		most := make([]held, 0, len(s.Held))
		for _, h := range s.Held {
			most = append(most, held(h))
		}
		return json.NewEncoder(e.out).Encode(struct {
			Type        string `json:"type"`
			Crowded     bool   `json:"crowded"`
			Seats       int    `json:"seats"`       // taken
			Of          int    `json:"of"`          // seats there are
			Held        []held `json:"held"`        // by which addresses, most first
			Descriptors bool   `json:"descriptors"` // too few for more connections
		}{"strain", s.Any(), s.Seats, s.Of, most, s.Descriptors})
	}
	if len(s.Held) > 0 {
		e.note(noteCrowded, s.Seats, s.Of, s.Most())
	}
	if s.Descriptors {
		e.note(noteDescriptors)
	}
	if !s.Any() {
		e.note(noteRoomAgain)
	}
	return nil
}

package transcript

import (
	"bufio"
	"iter"

	"github.com/homeroomchat/homeroom/internal/jsonline"
	"github.com/homeroomchat/homeroom/netchat"
)

// lineTime is RFC 3339 with the host's milliseconds.
const lineTime = "2006-01-02T15:04:05.000Z07:00"

// A line is one Event for programs. What has been here once stays.
type line struct {
	Seq      uint64           `json:"seq"`
	Epoch    netchat.Epoch    `json:"epoch"`
	ID       netchat.EventID  `json:"id"`
	Kind     netchat.Kind     `json:"kind"`
	Audience any              `json:"audience"` // "all", "hosts" or a list of member ids
	From     netchat.MemberID `json:"from"`
	Content  string           `json:"content"` // empty if it was erased, or if there is nothing to show

	SenderName string `json:"sender_name"`
	Timestamp  string `json:"timestamp"`
	Erased     bool   `json:"erased,omitempty"`
}

// writeLines writes every Event as a line.
func writeLines(out *bufio.Writer, events iter.Seq2[*netchat.Event, error]) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		m, _ := netchat.MessageOf(e)
		l := line{
			Seq: e.Seq, Epoch: e.Epoch, ID: e.ID, Kind: e.Kind, Audience: e.Audience.Scope, From: e.Author,
			Content: m.Text, SenderName: m.Name, Timestamp: e.Time.UTC().Format(lineTime), Erased: len(e.Body) == 0,
		}
		if e.Audience.Scope == netchat.ScopeMembers {
			l.Audience = e.Audience.Members
		}
		if err := jsonline.Write(out, l); err != nil {
			return err
		}
	}
	return nil
}

package netchattest

import (
	"fmt"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// Describe writes Updates for a failed test, one short line each.
func Describe(updates []netchat.Update) string {
	var b strings.Builder
	for _, u := range updates {
		fmt.Fprintf(&b, "\n  %T %s", u, detail(u))
	}
	return b.String()
}

func detail(u netchat.Update) string {
	switch u := u.(type) {
	case *netchat.Event:
		return fmt.Sprintf("%d %.40s", u.Seq, u.Body)
	case *netchat.StateChange:
		return fmt.Sprintf("%s %v", u.State, u.Err)
	case *netchat.Acked:
		return fmt.Sprintf("%.8s seq %d", u.ID, u.Seq)
	case *netchat.RosterDelta:
		return fmt.Sprintf("%d: +%d ~%d -%d", u.Version, len(u.Joined), len(u.Changed), len(u.Left))
	case *netchat.RenameRefused:
		return fmt.Sprintf("%.40q %s", u.Name, u.Reason)
	case *netchat.Refused:
		return fmt.Sprintf("%.8s %s", u.ID, u.Reason)
	}
	return ""
}

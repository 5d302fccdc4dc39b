package model

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestComposeAll: several texts are all composed, in order, or none is.
func TestComposeAll(t *testing.T) {
	r := newTestRoom(t, 0)
	none := func(want error, texts ...string) {
		t.Helper()
		lines, draft := r.Timeline().Len(), r.Draft()
		posts, err := r.ComposeAll(texts)
		if !errors.Is(err, want) || posts != nil || r.Timeline().Len() != lines || r.Draft() != draft {
			t.Errorf("%d texts: %v, want %v; %d posts, %d lines, draft %q", len(texts), err, want, len(posts), r.Timeline().Len(), r.Draft())
		}
	}
	r.Choose(liu.ID)
	r.SetDraft("a draft")
	none(ErrBlank, "one", " \n")
	none(netchat.ErrTooLong, "one", strings.Repeat("x", netchat.MaxText+1))
	none(netchat.ErrOutboxFull, slices.Repeat([]string{"x"}, MaxWaiting+1)...)
	failing := errors.New("no more ids")
	newID, drawn := r.opts.NewID, 0
	r.opts.NewID = func() (netchat.EventID, error) {
		if drawn++; drawn == 2 {
			return "", failing
		}
		return newID()
	}
	none(failing, "one", "two")

	posts, err := r.ComposeAll([]string{"one", "two", "three"})
	if err != nil || len(posts) != 3 || r.Draft() != "" {
		t.Fatalf("%+v, %v, draft %q", posts, err, r.Draft())
	}
	for i, text := range []string{"one", "two", "three"} {
		p := posts[i]
		if p.Text != text || !slices.Equal(p.To, []netchat.MemberID{liu.ID}) || i > 0 && p.ID == posts[i-1].ID {
			t.Errorf("post %d: %+v", i, p)
		}
	}
	if got, _ := r.ComposeAll(nil); len(got) != 0 {
		t.Errorf("no text became %+v", got)
	}
	for range MaxWaiting - 4 {
		compose(t, r, "x")
	}
	none(netchat.ErrOutboxFull, "one", "two")
	if _, err := r.ComposeAll([]string{"the last one"}); err != nil {
		t.Error(err)
	}
}

package client_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// cuts lists a Cut before and after every frame up to n in both directions.
func cuts(n int) []netchattest.Cut {
	var all []netchattest.Cut
	for frame := 1; frame <= n; frame++ {
		for _, dir := range []netchattest.Direction{netchattest.ToHost, netchattest.ToClient} {
			all = append(all, netchattest.Cut{Dir: dir, Frame: frame}, netchattest.Cut{Dir: dir, Frame: frame, After: true})
		}
	}
	return all
}

// TestPlainCutEverywhere breaks the connection at every frame. Each line is
// said once if it is acked, at most once if it is in doubt, and never lost
// without a word.
func TestPlainCutEverywhere(t *testing.T) {
	const lines = 6
	for _, cut := range cuts(lines + 3) {
		if cut.Frame == 1 && (cut.Dir == netchattest.ToHost || !cut.After) {
			continue // Join itself fails: it tries once
		}
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := netchattest.NewPlainServer(t)
				proxy := netchattest.NewProxy(t, server.Dial)
				proxy.CutNext(netchattest.Cut{}, cut) // the first one finds out that there is no TLS
				c, err := client.Join(t.Context(), client.Config{Dial: proxy.Dial, Plain: true, Name: "张飞"})
				if err != nil {
					t.Fatal(err)
				}
				rec := netchattest.Record(c.Events())
				want := make(map[netchat.EventID]string)
				for i := range lines {
					p := netchat.Post{ID: eventID(i), Text: fmt.Sprint("line ", i)}
					want[p.ID] = p.Text
					if err := c.Send(p); err != nil {
						t.Fatal(err)
					}
				}
				drain(t, c, rec)
				_ = c.Close()
				rec.Done(t)
				synctest.Wait()
				if changes := netchattest.Of[*netchat.StateChange](rec); cut.Frame <= lines && len(changes) != 2 {
					t.Error("the cut was never made")
				}
				checkPlain(t, rec, server.Said(), want)
				if m := server.Members(); len(m) != 0 {
					t.Errorf("%d ghosts", len(m))
				}
			})
		})
	}
}

func checkPlain(t *testing.T, rec *netchattest.Recorder, said []string, want map[netchat.EventID]string) {
	t.Helper()
	if !slices.IsSorted(said) || len(slices.Compact(slices.Clone(said))) != len(said) {
		t.Errorf("said out of order or twice: %q", said)
	}
	answered := make(map[netchat.EventID]bool)
	for _, u := range rec.Updates() {
		switch u := u.(type) {
		case *netchat.Acked:
			if answered[u.ID] || !slices.Contains(said, want[u.ID]) {
				t.Errorf("%q was acked wrongly", want[u.ID])
			}
			answered[u.ID] = true
		case *netchat.Refused:
			if answered[u.ID] || u.Reason != netchat.RefusedUncertain {
				t.Errorf("%q was refused wrongly: %s", want[u.ID], u.Reason)
			}
			answered[u.ID] = true
		}
	}
	if len(answered) != len(want) {
		t.Errorf("%d answers for %d posts", len(answered), len(want))
	}
	if shown := rec.Texts(); len(slices.Compact(shown)) != len(rec.Texts()) {
		t.Errorf("shown twice: %q", shown)
	}
}

package client_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// newest is how many messages those read who read.
const newest = 20

// A request is one thing that a member does, and what comes of it: it says what has
// that id, which gets that seq; or without an id it reads the newest messages.
type request struct{ id netchat.EventID }

type outcome struct {
	seq  uint64
	page string // ids, one behind another
}

// roomModel is a room as it should look to everybody: a list to which is added at its
// end. The state is the ids of what was said, one behind another.
func roomModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			ids, in, out := state.(string), input.(request), output.(outcome)
			if in.id != "" {
				return out.seq == uint64(len(ids)/len(in.id))+1, ids + string(in.id)
			}
			last := ids[max(0, len(ids)-newest*len(anID)):]
			return out.page == last, ids
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
	}
}

// anID is as long as an id.
const anID = "00000000000000000000000000000000"

// TestLinear: members who talk and read at the same time, over connections that break,
// all see the one room that there is: everything took effect at one moment between
// its being asked for and its being answered.
func TestLinear(t *testing.T) {
	const members, requests = 6, 40
	room := newRealRoom(t)
	room.backoff = client.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}
	begin := time.Now()
	var (
		mu   sync.Mutex
		done []porcupine.Operation
		all  sync.WaitGroup
	)
	seeds := netchattest.Random(t)
	for i := range members {
		proxy := netchattest.NewProxy(t, room.mem.Dial)
		random := rand.New(rand.NewPCG(uint64(i), seeds.Uint64()))
		v := room.join(fmt.Sprint("m", i), newKey(t), proxy.Dial)
		for range requests { // from the second connection on
			proxy.CutNext(netchattest.Cut{
				Dir: netchattest.Direction(random.IntN(2)), Frame: handshakeRecords + random.IntN(12), After: random.IntN(2) == 0,
			})
		}
		proxy.CutAll()
		pages := 1 // the first one
		all.Go(func() {
			for n := range requests {
				op := porcupine.Operation{ClientId: i, Call: int64(time.Since(begin))}
				if random.IntN(3) > 0 {
					id := netchat.EventID(fmt.Sprintf("%016x%016x", i+1, n+1))
					op.Input, op.Output = request{id}, outcome{seq: v.post(t, id)}
				} else {
					pages++
					op.Input, op.Output = request{}, outcome{page: v.read(t, pages)}
				}
				op.Return = int64(time.Since(begin))
				mu.Lock()
				done = append(done, op)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if got, _ := porcupine.CheckOperationsVerbose(roomModel(), done, time.Minute); got != porcupine.Ok {
		t.Errorf("%d requests: %s", len(done), got)
	}
}

// post says something and returns the seq that it got.
func (v *visitor) post(t *testing.T, id netchat.EventID) (seq uint64) {
	if err := v.Send(netchat.Post{ID: id, Text: string(id)}); err != nil {
		t.Error(err)
		return 0
	}
	v.rec.Wait(t, "the answer", func(r *netchattest.Recorder) bool {
		for _, a := range netchattest.Of[*netchat.Acked](r) {
			if a.ID == id {
				seq = a.Seq
				return true
			}
		}
		return false
	})
	return seq
}

// read asks for the newest messages and returns the ids in the nth page that came.
func (v *visitor) read(t *testing.T, nth int) string {
	if err := v.History(0, newest); err != nil {
		t.Error(err)
		return ""
	}
	var ids strings.Builder
	for _, m := range netchattest.WaitOf[*netchat.Page](t, v.rec, nth)[nth-1].Messages {
		ids.WriteString(string(m.ID))
	}
	return ids.String()
}

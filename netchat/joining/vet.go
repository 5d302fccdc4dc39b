package joining

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/identity"
)

// A vetting decides about the hosts that one Client meets, at each connection.
type vetting struct {
	*joiner

	mu       sync.Mutex
	accepted *client.Proven // the last
}

// vet is client.Config.Vet.
func (v *vetting) vet(ctx context.Context, p client.Proven) (netchat.Trust, error) {
	trust, err := v.judge(ctx, p)
	if err != nil {
		return netchat.TrustNone, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.accepted = &p
	return trust, nil
}

// admit is client.Config.Admit: with a Code the right key is known before who we
// are is.
func (v *vetting) admit(claimed ed25519.PublicKey) error {
	if v.Code == "" {
		return nil
	}
	return v.has(context.Background(), claimed) // which waits for no network
}

// has fails if the room of that key has not the Code.
func (v *vetting) has(ctx context.Context, key ed25519.PublicKey) error {
	code, err := v.codes.of(ctx, key)
	if err == nil && code != v.Code {
		err = fmt.Errorf("%w: it is %s", netchat.ErrWrongCode, code)
	}
	return err
}

func (v *vetting) judge(ctx context.Context, p client.Proven) (netchat.Trust, error) {
	if v.Code == "" {
		return v.Known.Judge(p.Key, p.Room, p.Addr)
	}
	if err := v.has(ctx, p.Key); err != nil {
		return netchat.TrustNone, err
	}
	return netchat.TrustVerified, nil
}

// last returns whom vet has accepted last, if anybody: none over a plain socket.
func (v *vetting) last() (client.Proven, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.accepted == nil {
		return client.Proven{}, false
	}
	return *v.accepted, true
}

// codes are those of the keys that were met, each computed once and one at a
// time: it takes a lot of memory.
type codes struct {
	turn  chan struct{} // holds one while somebody computes
	known map[string]netchat.RoomCode
}

func newCodes() *codes {
	return &codes{turn: make(chan struct{}, 1), known: make(map[string]netchat.RoomCode)}
}

// of returns the code of a key. It fails only if ctx ends before its turn.
func (c *codes) of(ctx context.Context, key ed25519.PublicKey) (netchat.RoomCode, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-c.turn }()
	if err := ctx.Err(); err != nil { // both were ready
		return "", err
	}
	code, ok := c.known[string(key)]
	if !ok {
		code = identity.Code(key)
		c.known[string(key)] = code
	}
	return code, nil
}

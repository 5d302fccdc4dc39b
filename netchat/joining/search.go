package joining

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Bounds of the search for the room with a code. Anybody may claim that code and
// stay silent when asked to prove it, so many are asked at a time, and few of them
// at one machine.
const (
	searchFor   = 10 * time.Second // for who announces it
	proofsFor   = 20 * time.Second // in all, while somebody has still to prove it
	othersAfter = 2 * time.Second  // those who claim another code are asked too: somebody may speak for them
	proveWait   = 15 * time.Second // for one address to prove a key, on a network that loses much of what is said
	proveAgain  = 3 * time.Second  // before a second connection beside a silent one, then again that
	maxProving  = 3                // connections to one address
	maxProofs   = 32               // at a time
	maxPerIP    = 2                // of those at one IP address
	maxPlaces   = 12               // at one IP address in all
	maxTried    = 4096             // in all
)

// errNobody says that a code was not found.
var errNobody = fmt.Errorf("%w here", netchat.ErrWrongCode)

// The ranks of candidates: the lower are asked first.
const (
	rankClaimed = iota // they say that they have the code, or are where its place says
	rankSilent         // they say nothing of a code
	rankOther          // they say that they have another
	ranks
)

// A candidate is one address where the room may be.
type candidate struct {
	addr     string
	siblings []string // other addresses of what is announced there
	claims   bool     // it is of rankClaimed
}

// A proof is what came of asking a candidate.
type proof struct {
	candidate
	room netchat.RoomID
	code netchat.RoomCode // empty: none was proved
	err  error            // why none was
}

// A search looks for the room with a code. One goroutine owns it.
type search struct {
	*joiner
	queues [ranks][]candidate
	had    map[string]bool // addresses that are or were in the queues
	perIP  map[string]int  // of those
	asking map[string]int  // IP addresses
	count  int             // of proofs under way
	proofs chan proof
	others bool  // rankOther's turn has come
	slow   error // what claims the code is there, but does not come to prove it
}

// search finds the room with the code and joins it.
func (j *joiner) search(ctx context.Context) (*client.Client, error) {
	s := &search{
		joiner: j, had: make(map[string]bool), perIP: make(map[string]int), asking: make(map[string]int),
		proofs: make(chan proof),
	}
	for _, at := range discovery.DecodePlace(j.Place, j.own()) {
		s.add(rankClaimed, at.String(), nil)
	}
	searchCtx, cancel := context.WithTimeout(ctx, proofsFor)
	findCtx, endFind := context.WithTimeout(searchCtx, searchFor)
	var lists <-chan []netchat.Advert
	if j.Find != nil {
		lists = j.Find(findCtx)
	}
	c, err := s.run(ctx, searchCtx, lists)
	endFind()
	cancel()
	for ; s.count > 0; s.count-- {
		<-s.proofs
	}
	if j.Find != nil {
		for range lists { // until no goroutine of the search is left
		}
	}
	if err != nil {
		return nil, fmt.Errorf("join by code: %w", err)
	}
	return c, nil
}

// run asks candidates until one proves the code and lets us in, or nobody is left
// to ask, or searchCtx ends.
func (s *search) run(ctx, searchCtx context.Context, lists <-chan []netchat.Advert) (*client.Client, error) {
	others := time.NewTimer(othersAfter)
	defer others.Stop()
	failure := errNobody
	for {
		s.start(searchCtx)
		if s.count == 0 && lists == nil {
			return nil, s.nobody(failure)
		}
		select {
		case <-searchCtx.Done():
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, s.nobody(failure)
		case <-others.C:
			s.others = true
		case list, ok := <-lists:
			if !ok {
				lists, s.others = nil, true
			}
			s.consider(list)
		case p := <-s.proofs:
			if !s.take(p) {
				continue
			}
			c, err := s.at(ctx, p.room, p.addr, p.siblings...)
			if err == nil || hasSpoken(err) || ctx.Err() != nil {
				return c, err
			}
			failure = err
		}
	}
}

// take notes what came of asking a candidate, and reports whether it is of the room
// that is looked for.
func (s *search) take(p proof) bool {
	s.count--
	s.asking[ipOf(p.addr)]--
	if p.claims && (errors.Is(p.err, netchat.ErrSlow) || errors.Is(p.err, netchat.ErrBusy)) {
		s.slow = p.err
	}
	return s.meant(p)
}

// nobody returns why the room was not found: where the host should be something is
// slow, or else failure.
func (s *search) nobody(failure error) error {
	if s.slow != nil && errors.Is(failure, errNobody) {
		return s.slow
	}
	return failure
}

// meant reports whether p proves to be of the room that is looked for.
func (s *search) meant(p proof) bool { return p.code == s.Code && (s.Room == "" || p.room == s.Room) }

// consider takes in what a Finder found.
func (s *search) consider(list []netchat.Advert) {
	for _, ad := range list {
		rank := rankSilent
		switch ad.Code {
		case s.Code:
			rank = rankClaimed
		case "":
		default:
			rank = rankOther
		}
		for _, addr := range ad.Addrs {
			siblings := slices.DeleteFunc(slices.Clone(ad.Addrs), func(a string) bool { return a == addr })
			s.add(rank, addr, siblings[:min(len(siblings), client.MaxAddrs-1)])
		}
	}
}

func (s *search) add(rank int, addr string, siblings []string) {
	ip := ipOf(addr)
	if s.had[addr] || s.perIP[ip] >= maxPlaces || len(s.had) >= maxTried {
		return
	}
	s.had[addr] = true
	s.perIP[ip]++
	s.queues[rank] = append(s.queues[rank], candidate{addr, siblings, rank == rankClaimed})
}

// start asks as many candidates as may be asked now.
func (s *search) start(ctx context.Context) {
	for s.count < maxProofs && ctx.Err() == nil {
		next, ok := s.next()
		if !ok {
			return
		}
		s.count++
		s.asking[ipOf(next.addr)]++
		go func() { s.proofs <- s.ask(ctx, next) }()
	}
}

// next takes the candidate out that is to be asked next.
func (s *search) next() (candidate, bool) {
	for rank := range s.queues {
		if rank == rankOther && !s.others {
			break
		}
		i := slices.IndexFunc(s.queues[rank], func(c candidate) bool { return s.asking[ipOf(c.addr)] < maxPerIP })
		if i >= 0 {
			c := s.queues[rank][i]
			s.queues[rank] = slices.Delete(s.queues[rank], i, i+1)
			return c, true
		}
	}
	return candidate{}, false
}

// ask has a candidate prove its key.
func (s *search) ask(ctx context.Context, c candidate) proof {
	p := proof{candidate: c}
	proveCtx, cancel := context.WithTimeout(ctx, proveWait)
	defer cancel()
	key, err := s.prove(proveCtx, c.addr)
	if err == nil {
		p.room = netchat.RoomIDFromKey(key)
		p.code, err = s.codes.of(ctx, key)
	}
	p.err = err
	s.Logger.Debug("asked for the room with the code", "addr", c.addr, "has", p.code, "err", err)
	return p
}

// ipOf returns the IP address of "IP:port", without its zone, or all of what is
// none.
func ipOf(addr string) string {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return addr
	}
	return at.Addr().Unmap().WithZone("").String()
}

// A proven is what came of one connection.
type proven struct {
	key ed25519.PublicKey
	err error
}

// proveKey has the host at addr prove the key of its room, and tells it nothing.
// Beside a connection that is silent it tries others.
func proveKey(ctx context.Context, addr string) (ed25519.PublicKey, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan proven, maxProving)
	again := time.NewTicker(proveAgain)
	defer again.Stop()
	begun, ended := 0, 0
	begin := func() {
		begun++
		go func() {
			key, err := proveOnce(ctx, addr)
			results <- proven{key, err}
		}()
	}
	defer func() {
		for cancel(); ended < begun; ended++ {
			<-results
		}
	}()
	begin()
	for {
		select {
		case r := <-results:
			if ended++; r.err == nil || !errors.Is(r.err, netchat.ErrUnreached) || ended == begun {
				return r.key, r.err
			}
		case <-again.C:
			if begun < maxProving {
				begin()
			}
		}
	}
}

// proveOnce is proveKey over one connection.
func proveOnce(ctx context.Context, addr string) (ed25519.PublicKey, error) {
	var room ed25519.PublicKey
	config, err := identity.ClientConfig(nil, func(key ed25519.PublicKey) error {
		room = key
		return nil
	})
	if err != nil {
		return nil, err
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	conn := tls.Client(raw, config)
	if err = conn.HandshakeContext(ctx); err != nil {
		switch {
		case identity.IsBusy(err):
			err = fmt.Errorf("%w: %w", netchat.ErrBusy, netchat.ErrUnreached)
		case room == nil && ctx.Err() != nil:
			err = fmt.Errorf("%w: %w: %w", netchat.ErrSlow, netchat.ErrUnreached, ctx.Err())
		}
		return nil, errors.Join(err, raw.Close()) // whatever room may be: the proof comes behind the certificate
	}
	return room, conn.Close()
}

package client

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// ErrInvalidPost is a Post without a valid ID or with too many recipients.
var ErrInvalidPost = errors.New("a post without a valid id or with too many recipients")

// Config is what a Client is made of.
type Config struct {
	// Target is "host", "host:port" or "ws://host:port/path". Addrs, up to
	// MaxAddrs in all, are others of the same room, best first; they are tried
	// together with it. Both are ignored when Dial is set.
	Target string
	Addrs  []string
	// Dial opens a connection by other means: the host's own link.
	Dial func(ctx context.Context) (net.Conn, error)

	Room netchat.RoomID // if set, no other room is joined, and none without TLS
	// Vet decides about a room whose host has just proved its key, at each
	// connection, before anything that says who we are is sent: how far it is
	// trusted, or an error not to join it, which Join's then wraps. It is called
	// by one goroutine at a time. nil: every room is TrustFirst.
	Vet func(ctx context.Context, p Proven) (netchat.Trust, error)
	// Admit refuses rooms by their keys alone, earlier than Vet: whom it refuses
	// is not even shown the device key. Its error, ErrChangedKey or ErrWrongCode,
	// is what Join's wraps. It may be called by several goroutines at a time. nil:
	// it refuses none.
	Admit func(claimed ed25519.PublicKey) error
	// Plain lets a host that speaks no TLS be joined over a plain socket, unless
	// Room is set. Once joined it stays with what it was joined by.
	Plain bool

	Keep Keep // what is kept of the room on this machine
	// Find looks for rooms until ctx ends and then closes the channel, each time
	// with the whole list, as discovery.Finder.Watch does. It is used while a room
	// known by its key is not where it was. nil: it is looked for nowhere else.
	Find func(ctx context.Context) <-chan []netchat.Advert

	Name string             // at most netchat.MaxName bytes
	Key  ed25519.PrivateKey // the device key; nil: a member without one

	Backoff Backoff
	Now     func() time.Time // nil: time.Now
	Random  io.Reader        // nil: crypto/rand
	Logger  *slog.Logger     // nil: silent; never sees what is said
}

// Keep says what a Client keeps on this machine. The zero Keep is nothing.
type Keep struct {
	// Open opens what is kept of a room. It is called once, with the room whose host
	// has proved its key, before we have said anything. With it the Client goes on
	// where an earlier one ended, with its Posts, and closes the Store at its end.
	// What cannot be kept is told by a netchat.NotKept. Nothing is kept without a
	// device key, or over a plain socket.
	Open func(room netchat.RoomID) (Store, error)
	// Away lets Join succeed where no host answers, if there is something of
	// Config.Room: then the Client is as one that has lost its connection. Join
	// waits for a host for awayPatience only.
	Away bool
	// Whole has all be told that was missed while there was no connection, in order,
	// however much it is: in Pages where it is too much for a host to send by itself,
	// and what the host does not have as a netchat.Gap. Without it a Snapshot replaces
	// what was told before. It goes without Open, too.
	Whole bool
}

// awayPatience is how long somebody waits who only wants to read.
const awayPatience = 3 * time.Second

// A Proven is a host that has proved the key of its room over TLS.
type Proven struct {
	Key  ed25519.PublicKey // of the room
	Room netchat.RoomInfo  // the ID is of Key; the names are what this host says
	Addr string            // "host:port" where it was reached; empty: by Config.Dial
}

// A Client is one member's view of a room. Its methods are safe for concurrent
// use.
type Client struct {
	events chan netchat.Update
	outbox *outbox
	asks   *asks
	naming *naming
	cancel context.CancelFunc
	done   chan struct{} // closed when run has ended
}

// Join connects, joins, and returns once the room has taken us in. A host that
// makes newcomers wait makes Join wait too, until ctx ends. A host that is slow or
// hangs up is tried again for up to openPatience (netchat.ErrSlow,
// netchat.ErrBusy). Its errors wrap netchat.ErrUnreached (no host answered),
// ErrNotARoom (something else did), ErrNotFound (another room than
// Config.Room), a *netchat.CloseError (the host refused), or ErrBadHello.
// The Client is to be closed with Close.
func Join(ctx context.Context, cfg Config) (*Client, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Backoff = cfg.Backoff.withDefaults()
	cfg.Name = strings.ToValidUTF8(cfg.Name, "\uFFFD")
	if len(cfg.Name) > netchat.MaxName {
		return nil, fmt.Errorf("join: %w", netchat.ErrBadHello)
	}
	if n := len(cfg.Key); n != 0 && n != ed25519.PrivateKeySize {
		return nil, errors.New("join: the device key has a wrong length")
	}
	reach, err := newDialer(cfg)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	own, cancel := context.WithCancel(context.Background())
	c := &Client{
		events: make(chan netchat.Update, eventBuffer),
		outbox: newOutbox(), asks: newAsks(), naming: newNaming(cfg.Name), cancel: cancel, done: make(chan struct{}),
	}
	m := &mirror{
		feed: feed{ctx: own, events: c.events}, cfg: cfg, dialer: reach,
		outbox: c.outbox, asks: c.asks, naming: c.naming,
	}
	if cfg.Keep.Away {
		patient, cancel := context.WithTimeout(ctx, awayPatience)
		defer cancel()
		ctx = patient
	}
	reach.stays = !cfg.Keep.Away
	first, err := m.enter(ctx)
	reach.stays = false // the run loop has a pace of its own
	if err != nil && m.copy.mayBeAway(m, err) {
		err = nil
	}
	if err != nil {
		cancel()
		m.copy.close()
		return nil, fmt.Errorf("join: %w", err)
	}
	go func() {
		defer close(c.done)
		m.run(first)
	}()
	return c, nil
}

// Events yields what happens in the room, always the same channel. The first
// Update is a *Welcome. It must be read: a full channel stops the reading of
// the connection, in the end the host drops us, and nothing goes on until it
// is read again. It is closed behind a last *StateChange with StateClosed.
func (c *Client) Events() <-chan netchat.Update { return c.events }

// Send queues p and never blocks; an Acked or a Refused with its ID answers,
// however often the connection breaks in between. An ID that waits already is
// not queued again. Bad UTF-8 is replaced. It fails with ErrInvalidPost,
// netchat.ErrTooLong, netchat.ErrOutboxFull, or netchat.ErrClosed.
func (c *Client) Send(p netchat.Post) error {
	p.Text = strings.ToValidUTF8(p.Text, "\uFFFD")
	p.To = slices.Clone(p.To)
	switch {
	case !p.ID.Valid() || len(p.To) > netchat.MaxRecipients:
		return fmt.Errorf("send: %w", ErrInvalidPost)
	case len(p.Text) > netchat.MaxText:
		return fmt.Errorf("send: %w", netchat.ErrTooLong)
	}
	if err := c.outbox.add(p); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// History asks for the n Messages, at most netchat.MaxPageMessages, before
// that Seq; 0: the newest. It never blocks. A Page answers it; an empty one
// without More on a plain server. What has not been answered when a later Welcome
// comes that is not Recovered never will be. It fails with netchat.ErrClosed,
// or netchat.ErrOutboxFull if maxAsks others wait.
func (c *Client) History(before uint64, n int) error {
	return c.page(netchat.PageAsk{Before: before}, n)
}

// After is History for those after that Seq, the oldest of them. The Page has
// netchat.ErrUnsupported where the room knows no such question, and netchat.ErrAway
// while no host is reached and what is kept on this machine does not reach so far
// back.
func (c *Client) After(seq uint64, n int) error { return c.page(netchat.PageAsk{After: seq}, n) }

// Around is After for the Message with that Seq and those beside it.
func (c *Client) Around(seq uint64, n int) error { return c.page(netchat.PageAsk{Around: seq}, n) }

func (c *Client) page(of netchat.PageAsk, n int) error {
	if err := c.asks.add(ask{PageAsk: of, n: min(max(n, 1), netchat.MaxPageMessages)}); err != nil {
		return fmt.Errorf("ask for history: %w", err)
	}
	c.outbox.signal()
	return nil
}

// Search asks for the newest n Messages, at most netchat.MaxHits, with text in them:
// whole words, and in Chinese any run of characters. It never blocks; Hits answers
// it, in the order of asking, from what is kept on this machine while no host is
// reached. It fails with netchat.ErrTooLong over netchat.MaxSearchText bytes or for
// nothing but blanks, netchat.ErrClosed, or netchat.ErrOutboxFull if maxAsks others
// wait.
func (c *Client) Search(text string, n int) error {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if text == "" || len(text) > netchat.MaxSearchText {
		return fmt.Errorf("search: %w", netchat.ErrTooLong)
	}
	if err := c.asks.add(ask{text: text, n: min(max(n, 1), netchat.MaxHits)}); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	c.outbox.signal()
	return nil
}

// Rename asks the room to call us by another name. It never blocks. A
// RosterDelta with it comes among the Events, unless we are called so already,
// or a RenameRefused. A wish that has not been heard replaces the one before it,
// and is not lost however often the connection breaks in between. What was sent
// before bears the older name if it is in the room before the connection breaks;
// what is sent later bears the newer. Bad UTF-8 is replaced. It fails with
// netchat.ErrBadHello for a name that no room takes (see netchat.CanRename),
// netchat.ErrUnsupported if the room that we were in last does not know how, or
// netchat.ErrClosed.
func (c *Client) Rename(name string) error {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if !netchat.CanRename(name) {
		return fmt.Errorf("rename: %w", netchat.ErrBadHello)
	}
	if err := c.naming.set(name, c.outbox.added()); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	c.outbox.signal()
	return nil
}

// Pending returns how many Posts have been neither acked nor refused.
func (c *Client) Pending() int { return c.outbox.len() }

// Drain blocks until nothing is pending and every answer is in Events, which
// somebody else must be reading. It fails when ctx or the Client ends before.
func (c *Client) Drain(ctx context.Context) error {
	select {
	case <-c.outbox.drained():
		return nil
	default:
	}
	select {
	case <-c.outbox.drained():
		return nil
	case <-c.done:
		return fmt.Errorf("drain: %w", netchat.ErrClosed)
	case <-ctx.Done():
		return fmt.Errorf("drain: %w", ctx.Err())
	}
}

// Close leaves the room, so that the others see it at once, and returns when
// all goroutines have ended, within about closeWait and lastWordWait. What is
// pending waits in the Store for the next Client, or is dropped without one. Events can be read to its end afterwards. Every call
// waits; all return nil.
func (c *Client) Close() error {
	c.cancel()
	<-c.done
	return nil
}

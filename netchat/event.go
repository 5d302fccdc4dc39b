package netchat

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"
)

// A Kind says what an Event means and how its Body reads. Receivers store and
// skip kinds that they do not know, showing the body's "fallback" if present.
type Kind string

// KindMessage is a Message, public or private by its Audience. Its Body is a
// MessageBody.
const KindMessage Kind = "message"

// An Event is what lasts: one entry of a room's Log, ordered by (Epoch, Seq).
// Its envelope can never change once rooms exist in the world. Events are
// immutable once appended: share them, never write to them.
type Event struct {
	Epoch    Epoch
	Seq      uint64    // 1, 2, … within the Log; gaps mean nothing to a member
	Time     time.Time // the host's clock when it was accepted, whole milliseconds, UTC
	ID       EventID   // by the sender; unique per Author for ever
	Kind     Kind
	Author   MemberID
	Ref      Ref // the Event that this one is about, zero if none
	Audience Audience
	Body     []byte // one JSON object without white space, as digested; empty once erased
	Salt     []byte // 16 random bytes by the host; erased together with Body
	Digest   []byte // SHA-256(Salt, Body)
	Chain    []byte // SHA-256(previous Chain, everything above but Body and Salt)
	Sig      []byte // reserved: the author's signature; not covered by Chain
}

// A Ref points at an Event by its author's name for it.
type Ref struct {
	Author MemberID
	ID     EventID
}

// SaltSize is the length of Event.Salt in bytes.
const SaltSize = 16

// MarkSize is how many bytes of a Chain a Position carries.
const MarkSize = 8

// chainDomain separates chain hashes from every other use of SHA-256.
const chainDomain = "homeroom event 1"

// DigestOf returns the Digest of a body under its salt. Where the one ends and the
// other begins is known only because every salt has SaltSize bytes: who verifies
// has to look at that too.
func DigestOf(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// ChainAfter returns the Chain of e when it follows an Event with the Chain
// previous (empty for the first). It reads the metadata and the Digest, so
// erasing Body and Salt later leaves the chain whole.
func (e *Event) ChainAfter(previous []byte) []byte {
	b := make([]byte, 0, 512)
	put := func(field string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
		b = append(b, field...)
	}
	put(chainDomain)
	put(string(previous))
	put(string(e.Epoch))
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.UnixMilli()))
	put(string(e.ID))
	put(string(e.Kind))
	put(string(e.Author))
	put(string(e.Ref.Author))
	put(string(e.Ref.ID))
	put(string(e.Audience.Scope))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Audience.Members)))
	for _, m := range e.Audience.Members {
		put(string(m))
	}
	put(string(e.Digest))
	sum := sha256.Sum256(b)
	return sum[:]
}

// Position returns where e stands in the Log.
func (e *Event) Position() Position {
	return Position{Epoch: e.Epoch, Seq: e.Seq, Mark: MarkOf(e.Chain)}
}

// VisibleTo reports whether viewer may see e: it is for all, or the viewer
// wrote it or is named in its audience, or is a host and it is for the hosts.
func (e *Event) VisibleTo(viewer MemberID, host bool) bool {
	return e.Author == viewer || e.Audience.Includes(viewer, host)
}

// A Position says how far somebody has followed a Log. The zero Position is
// before everything.
type Position struct {
	Epoch Epoch
	Seq   uint64
	Mark  string // the first MarkSize bytes of the Chain at Seq, in hex; empty at Seq 0
}

// MarkOf shortens a Chain to what a Position carries.
func MarkOf(chain []byte) string {
	return hex.EncodeToString(chain[:min(len(chain), MarkSize)])
}

// A Scope is the kind of an Audience.
type Scope string

// The scopes.
const (
	ScopeAll     Scope = "all"
	ScopeMembers Scope = "members"
	ScopeHosts   Scope = "hosts"
)

// An Audience says who may see an Event besides its author. It never changes.
type Audience struct {
	Scope   Scope
	Members []MemberID // sorted and without doubles; only with ScopeMembers
}

// ToAll returns the audience of a public Event.
func ToAll() Audience { return Audience{Scope: ScopeAll} }

// ToMembers returns the audience of an Event for the given members alone.
func ToMembers(ids ...MemberID) Audience {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return Audience{Scope: ScopeMembers, Members: slices.Compact(ids)}
}

// Private reports whether the audience is less than everybody.
func (a Audience) Private() bool { return a.Scope != ScopeAll }

// Includes reports whether viewer is meant.
func (a Audience) Includes(viewer MemberID, host bool) bool {
	switch a.Scope {
	case ScopeAll:
		return true
	case ScopeHosts:
		return host
	case ScopeMembers:
		return slices.Contains(a.Members, viewer)
	}
	return false
}

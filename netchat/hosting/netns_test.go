//go:build netns && linux

package hosting_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// The room of these tests, and where it is.
const (
	roomName = "教室 3.5"
	hostName = "Lehrerin"
	roomAt   = "10.79.0.1:8000"
	roomIP   = "10.79.0.1/24"
	otherAt  = "10.79.0.66:8000" // the attacker's
	otherIP  = "10.79.0.66/24"
)

// slow is how long something may take on a machine that is busy with other
// tests.
const slow = 60 * time.Second

// A classroom is a network with a room on machine h and an attacker on x.
type classroom struct {
	*netchattest.LAN
	room  roomPart
	known netchat.RoomInfo // to the whole network
}

func newClassroom(t *testing.T, prefix string) *classroom {
	c := &classroom{LAN: netchattest.NewLAN(t, prefix, 1), room: roomPart{Name: roomName, Host: hostName, Data: t.TempDir()}}
	c.Machine("h", roomIP)
	c.Machine("x", otherIP)
	c.known = c.info()
	return c
}

func (c *classroom) play(machine, role string, part interface{}) *netchattest.Role {
	c.T.Helper()
	encoded, err := json.Marshal(part)
	if err != nil {
		c.T.Fatal(err)
	}
	return c.Start(machine, role, envPart+"="+string(encoded))
}

func (c *classroom) open() *netchattest.Role {
	c.T.Helper()
	return c.play("h", "room", c.room)
}

// attack puts an attacker onto x.
func (c *classroom) attack() *netchattest.Role {
	c.T.Helper()
	return c.play("x", "attacker", attackerPart{Upstream: roomAt, Room: c.known})
}

// info is what the network knows of the room. It makes the room's key, if there
// is none yet, so it must not be asked while the room is open.
func (c *classroom) info() netchat.RoomInfo {
	c.T.Helper()
	keys, err := keyring.Open(c.room.Data)
	if err != nil {
		c.T.Fatal(err)
	}
	key, err := keys.Room(c.room.Name)
	if err != nil {
		c.T.Fatal(err)
	}
	if err := keys.Close(); err != nil {
		c.T.Fatal(err)
	}
	return netchat.RoomInfo{ID: netchat.RoomIDFromKey(publicOf(key)), Name: c.room.Name, Host: c.room.Host}
}

// expect joins and waits for what comes of it.
func (c *classroom) expect(machine string, p memberPart, want string) *netchattest.Role {
	c.T.Helper()
	m := c.play(machine, "member", p)
	m.Line(slow, want)
	return m
}

// refused joins, is not let in, and checks what the attacker has learnt by it:
// that somebody is there, and nothing more.
func (c *classroom) refused(x *netchattest.Role, p memberPart, want string) {
	c.T.Helper()
	c.expect("m", p, want).Close()
	got, err := takeHaul(x)
	if err != nil {
		c.T.Fatal(err)
	}
	if err := got.contains(p.Name); err != nil || got.Conns == 0 {
		c.T.Errorf("%v by %+v: %v", got, p, err)
	}
	if got.contains("username") != nil {
		c.T.Errorf("a first frame came: %q", got.Inside)
	}
	if got.Certificates > 0 {
		c.T.Errorf("%d certificates came from %+v", got.Certificates, p)
	}
}

// say tells a role something that has no answer.
func say(r *netchattest.Role, line string) {
	r.T.Helper()
	if _, err := io.WriteString(r.Stdin, line+"\n"); err != nil {
		r.T.Fatal(err)
	}
}

// sent waits until a message was sent and returns its id.
func sent(r *netchattest.Role) string {
	r.T.Helper()
	return r.Rest(slow, "sent ")
}

// secrets are what belongs to a member and nobody on the wire is to see: the
// device key and the id, in every form.
func secrets(t *testing.T, data string) []string {
	t.Helper()
	keys, err := keyring.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	device, err := keys.Device()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Close(); err != nil {
		t.Fatal(err)
	}
	public := publicOf(device)
	id := string(netchat.MemberIDFromKey(public))
	raw, err := hex.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	return []string{string(public), id, string(raw)}
}

// TestNetCapture: who has every packet has not a word of those who use the app.
func TestNetCapture(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, "ca")
	for i, name := range []string{"a", "b", "p"} {
		c.Machine(name, fmt.Sprintf("10.79.0.1%d/24", i))
	}
	wire := listenOn(t, c.Cable("h", 0), c.Cable("x", 0))
	room := c.open()
	relay := c.attack() // who only listens, and cuts

	const ada, bo, aNew = "Ada-Augusta-Лавлейс", "Bo-Diddley-博", "Countess-of-Lovelace-伯爵夫人"
	words := []string{"für-alle-🦉-whole-class", "secretly-悄悄话-to-Bo-alone", "answered-回答了-in-private", "after-the-cut-断线之后", "again-under-新名字-another"}
	adaData, boData := t.TempDir(), t.TempDir()
	hidden := append([]string{ada, bo, aNew}, words...)
	hidden = append(hidden, secrets(t, adaData)...)
	hidden = append(hidden, secrets(t, boData)...)

	b := c.expect("b", memberPart{Target: roomAt, Name: bo, Data: boData}, "in first true")
	a := c.expect("a", memberPart{Target: otherAt, Name: ada, Data: adaData}, "in first true") // by way of the relay
	b.Line(slow, "here "+ada+" true true")
	ids := []string{}
	speak := func(from, to *netchattest.Role, command, name, text string) {
		t.Helper()
		say(from, command+" "+text)
		ids = append(ids, sent(from))
		to.Line(slow, "heard "+name+": "+text)
	}
	speak(a, b, "say", ada, words[0])
	say(a, "to "+bo+" "+words[1])
	ids = append(ids, sent(a))
	b.Line(slow, "heard "+ada+": "+words[1])
	say(b, "to "+ada+" "+words[2])
	ids = append(ids, sent(b))
	a.Line(slow, "heard "+bo+": "+words[2])
	relay.Tell("cut", "so")
	a.Line(slow, "in known true")
	speak(b, a, "say", bo, words[3])
	say(a, "rename "+aNew)
	b.Line(slow, "now "+aNew+" present")
	speak(a, b, "say", aNew, words[4])
	say(a, "history")
	a.Line(slow, "page false true")
	a.Close()
	b.Close()

	packets, streams, err := wire.settled()
	if err != nil || len(streams) < 6 {
		t.Fatalf("%d packets, %d streams: %v", len(packets), len(streams), err)
	}
	for _, id := range ids {
		raw, err := hex.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		hidden = append(hidden, id, string(raw))
	}
	if len(ids) != 5 {
		t.Errorf("%d ids", len(ids))
	}
	for _, secret := range hidden {
		if form, n := find(slices.Concat(packets, streams), secret); n > 0 {
			t.Errorf("%q stands on the wire as %q, %d times", secret, form, n)
		}
	}
	t.Logf("%d packets, %d directions of connections, %d bytes in them, %d secrets", len(packets), len(streams), bytesIn(streams), len(hidden))

	// The same net catches whoever does not use the app, in both directions.
	const plain, word = "Plain-Jane-简", "in-the-open-谁都能看见"
	p := c.play("p", "plain", memberPart{Target: roomAt, Name: plain})
	p.Rest(slow, `got {"type":"system"`)
	say(p, word)
	for !strings.Contains(p.Rest(slow, "got "), word) {
	}
	p.Close()
	if _, streams, err = wire.settled(); err != nil {
		t.Fatal(err)
	}
	for _, seen := range []string{plain, word} {
		if _, n := find(streams, seen); n < 2 {
			t.Errorf("%q of a plain client was captured in %d directions", seen, n)
		}
	}
	relay.Close()
	room.Close()
}

func bytesIn(pieces [][]byte) (n int) {
	for _, p := range pieces {
		n += len(p)
	}
	return n
}

// TestFind: what is looked for in a capture is found there, if it is there.
func TestNetFind(t *testing.T) {
	const secret = "悄悄话-word"
	escaped, err := json.Marshal(map[string]string{"text": "x" + secret + "y"})
	if err != nil {
		t.Fatal(err)
	}
	masked := []byte("....." + secret + "....")
	for i := range masked {
		masked[i] ^= "\x12\x99\xfe\x31"[i&3]
	}
	pieces := map[string][]byte{
		"as it is": []byte("xx" + secret + "yy"), "in JSON": escaped, "masked": masked,
		"escaped":  []byte(`"\u6084\u6084\u8bdd\u002d\u0077\u006f\u0072\u0064"`),
		"in hex":   []byte("00" + hex.EncodeToString([]byte(secret)) + "00"),
		"UTF-16":   {0x84, 0x60, 0x84, 0x60, 0xdd, 0x8b, '-', 0, 'w', 0, 'o', 0, 'r', 0, 'd', 0},
		"base64 0": []byte(base64.StdEncoding.EncodeToString([]byte(secret + "y"))),
		"base64 1": []byte(base64.StdEncoding.EncodeToString([]byte("x" + secret + "yy"))),
		"base64 2": []byte(base64.URLEncoding.EncodeToString([]byte("xx" + secret + "y"))),
	}
	for name, piece := range pieces {
		if _, n := find([][]byte{piece}, secret); n != 1 {
			t.Errorf("%s: found %d times", name, n)
		}
	}
	if form, n := find([][]byte{[]byte(strings.Repeat("悄悄话 word", 100))}, secret); n != 0 {
		t.Errorf("found as %q", form)
	}
	segments := []segment{{seq: 1<<32 - 3, syn: true}, {seq: 1, data: []byte("话-wo")}, {seq: 1<<32 - 2, data: []byte("a悄")}, {seq: 1<<32 - 1, data: []byte("悄悄")}}
	if _, ok := reassemble(slices.Clone(segments[:2])); ok {
		t.Error("a gap is not seen")
	}
}

// An imitated room learns nothing of those who know the real one, or come by its
// code; and what it does to a connection in which it stands harms no session.
func TestNetImitation(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, "im")
	c.Machine("m", "10.79.0.9/24")
	c.Machine("n", "10.79.0.8/24")
	room := c.open()
	say(room, "code")
	code := netchat.RoomCode(room.Rest(slow, "code "))
	x := c.attack()

	// A session that lasts through all of it.
	stays := c.expect("n", memberPart{Target: roomAt, Name: "who-stays-throughout", Data: t.TempDir()}, "in first true")
	knows := memberPart{Target: roomAt, Name: "who-knows-the-room", Data: t.TempDir()}
	c.expect("m", knows, "in first true").Close()
	c.expect("m", knows, "in known true").Close()

	bye := c.play("x", "goodbye", c.known)
	for range 2 {
		bye.Tell(otherAt, "taken back")
	}
	bye.Close()
	say(stays, "say after the goodbyes")
	if lines := stays.Line(slow, "heard who-stays-throughout: after the goodbyes"); slices.ContainsFunc(lines, isState) {
		t.Errorf("a goodbye was believed: %q", lines)
	}

	// Relayed as it is: nothing is learnt, and resets do no harm.
	via := c.expect("m", memberPart{Target: otherAt, Room: c.known.ID, Name: "who-is-relayed", Data: t.TempDir()}, "in first true")
	for i := range 3 {
		x.Tell("cut", "so")
		via.Line(slow, "in known true")
		say(via, fmt.Sprint("say still here ", i))
		stays.Line(slow, fmt.Sprint("heard who-is-relayed: still here ", i))
	}
	via.Close()
	if got, err := takeHaul(x); err != nil || got.contains("who-is-relayed", "still here") != nil || got.TLS < 4 {
		t.Errorf("relayed: %v, %v", got, err)
	}

	// In each of these ways somebody comes to the attacker's address.
	found := knows
	found.Target, found.Room, found.TLSOnly = otherAt, c.known.ID, true // an advert with the room's id
	typed := knows
	typed.Target = otherAt // the same names
	coded := memberPart{Target: otherAt, Code: code, Name: "who-has-the-code", Data: t.TempDir()}
	for _, mode := range []string{relaysT, imitate} {
		x.Tell(mode, "so")
		c.refused(x, found, "out changed")
		c.expect("m", typed, "out changed").Close()
		c.expect("m", coded, "out code").Close()
		if got, err := takeHaul(x); err != nil || got.contains(typed.Name, coded.Name, "username") != nil {
			t.Errorf("%s: %v, %v", mode, got, err)
		}
	}
	x.Tell(strips, "so")
	c.refused(x, found, "out unreached")
	c.refused(x, typed, "out unreached") // a bad network does no less
	c.refused(x, coded, "out unreached")
	x.Tell(denies, "so")
	c.refused(x, found, "out stripped")
	c.refused(x, typed, "out stripped") // the host says itself that it has TLS
	c.refused(x, coded, "out stripped")
	x.Tell(strips2, "so")
	c.refused(x, found, "out stripped")
	c.refused(x, coded, "out stripped")

	// The host goes, and the attacker takes its address.
	room.Kill()
	stays.Line(slow, "state reconnecting unreached")
	x.Tell(imitate, "so")
	c.In("h", "addr", "del", roomIP, "dev", "eth0")
	c.In("x", "addr", "add", roomIP, "dev", "eth0")
	for _, machine := range []string{"m", "n"} {
		c.In(machine, "neigh", "flush", "dev", "eth0")
	}
	stays.Line(slow, "state reconnecting changed")
	if got, err := takeHaul(x); err != nil || got.TLS == 0 || got.Certificates > 0 || len(got.Inside) > 0 {
		t.Errorf("whoever stays told %v, %v", got, err)
	}
	c.expect("m", knows, "out changed").Close() // by the address where it was before
	x.Tell(strips, "so")
	if _, err := takeHaul(x); err != nil {
		t.Fatal(err)
	}
	c.refused(x, knows, "out unreached")

	// And the host comes back.
	c.In("x", "addr", "del", roomIP, "dev", "eth0")
	c.In("h", "addr", "add", roomIP, "dev", "eth0")
	for _, machine := range []string{"m", "n"} {
		c.In(machine, "neigh", "flush", "dev", "eth0")
	}
	room = c.open()
	stays.Line(slow, "in known true")
	say(stays, "say the real one")
	stays.Line(slow, "heard who-stays-throughout: the real one")
	c.expect("m", knows, "in known true").Close()
	coded.Target = roomAt
	c.expect("m", coded, "in verified true").Close()
	stays.Close()
	x.Close()
	room.Close()
}

func isState(line string) bool { return strings.HasPrefix(line, "state ") }

// Who is lured to a host without TLS does not lend it the device key: with what
// would be signed there, the other one could be that member in a room of its
// choice, over TLS of its own. It gets the name, and not a word.
func TestNetLure(t *testing.T) {
	t.Parallel()
	const name = "who-is-lured"
	c := newClassroom(t, "lu")
	c.Machine("m", "10.79.0.9/24")
	c.Machine("n", "10.79.0.8/24")
	room, x := c.open(), c.attack()
	witness := c.expect("n", memberPart{Target: roomAt, Name: "witness", Data: t.TempDir()}, "in first true")
	victim := memberPart{Target: roomAt, Name: name, Data: t.TempDir()}
	c.expect("m", victim, "in first true").Close()
	witness.Line(slow, "here "+name+" true true")
	x.Tell(lures, "so")
	victim.Target = otherAt
	lured := c.expect("m", victim, "out bare") // what comes back gives the attacker away
	if how := witness.Rest(slow, "here "+name+" "); how != "true false" {
		t.Errorf("the attacker is the victim: %s", how)
	}
	got, err := takeHaul(x)
	if err != nil || got.contains(`"`+name+`","homeroom":{"v":1}}`) == nil { // no key in it
		t.Errorf("it got %v, %v", got, err)
	}
	for _, r := range []*netchattest.Role{lured, witness, x, room} {
		r.Close()
	}
}

// TestNetAppOnly: a room for the app alone has nobody in it who can be overheard,
// and says so.
func TestNetAppOnly(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, "ao")
	c.Machine("m", "10.79.0.9/24")
	c.room.AppOnly = true
	room := c.open()
	p := c.play("m", "plain", memberPart{Target: roomAt, Name: "plain"})
	p.Line(slow, "status 403")
	p.Close()
	c.expect("m", memberPart{Target: roomAt, Name: "app", Data: t.TempDir()}, "in first true").Close()
	room.Close()
}

// crowdSize is how many members are cut off at once: under the race detector each
// handshake takes many times as long. BenchmarkCrowdReturns has more.
const crowdSize = 40

// TestNetCrowdReturns: a class that is cut off all at once is back, over TLS, in a
// time that is logged.
func TestNetCrowdReturns(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, "cr")
	c.Machine("m", "10.79.0.9/24")
	room, relay := c.open(), c.attack()
	crowd := c.play("m", "crowd", crowdPart{Target: otherAt, Size: crowdSize})
	start := time.Now()
	crowd.Line(2*slow, "all in")
	t.Logf("%d members in: %v", crowdSize, time.Since(start).Round(time.Millisecond))
	start = time.Now()
	relay.Tell("cut", "so")
	crowd.Line(2*slow, "all back")
	t.Logf("%d members back: %v", crowdSize, time.Since(start).Round(time.Millisecond))
	crowd.Close()
	relay.Close()
	room.Close()
}

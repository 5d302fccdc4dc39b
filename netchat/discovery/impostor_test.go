package discovery

import (
	"slices"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// impostor answers at an address with the id of another's room, and is announced
// in front of it.
func (n *fakeNet) impostor(id int, ip string) {
	n.host(id, "forged", ip)
	n.change(func() {
		forged := &n.hosts[ip+":8000"].advert
		forged.Room.Host, forged.Room.AppOnly, forged.Members, forged.Code = "mallory", true, 99, "0000000000"
		last := len(n.announced) - 1
		n.announced[last].Text = withoutTLS(n.announced[last].Text)
		n.announced = append(n.announced[last:], n.announced[:last]...)
	})
}

func withoutTLS(text []string) []string {
	return slices.DeleteFunc(slices.Clone(text), func(s string) bool { return s == keyTLS+"="+speaksTLS })
}

// Who answers with the id of a listed room is one more address of it, behind the
// real one, and has no say in what it is called.
func TestFinderImpostor(t *testing.T) {
	n := newFakeNet()
	n.host(1, "real", "10.1.0.5")
	n.change(func() {
		real := &n.hosts["10.1.0.5:8000"].advert
		real.TLS, real.Code = true, "3DE8S55VVC"
	})
	said := func(l []netchat.Advert) bool {
		return len(l) == 1 && l[0].Room == netchat.RoomInfo{ID: roomID(1), Name: "real", Host: "h"} && l[0].TLS && l[0].Code == "3DE8S55VVC"
	}
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, said)
		nothing(t, lists, helloEvery)
		n.impostor(1, "10.1.0.2") // which would come first by its number
		await(t, lists, 10*time.Second, func(l []netchat.Advert) bool {
			if l[0].Room.Name != "real" {
				t.Errorf("the room has become %+v", l)
			}
			return slices.Equal(l[0].Addrs, []string{"10.1.0.5:8000", "10.1.0.2:8000"})
		})
		nothing(t, lists, time.Minute)
		n.change(func() {
			n.hosts["10.1.0.5:8000"].advert.Members, n.hosts["10.1.0.5:8000"].advert.Code = 7, "ABCDEFGHJK"
		})
		await(t, lists, 2*helloEvery, func(l []netchat.Advert) bool { return l[0].Members == 7 && l[0].Code == "ABCDEFGHJK" })
		// Once the real one is gone only the impostor is left to ask. That the room
		// speaks TLS is not forgotten.
		n.kill("10.1.0.5")
		await(t, lists, time.Minute, func(l []netchat.Advert) bool {
			return l[0].Room.Name == "forged" && l[0].TLS && slices.Equal(l[0].Addrs, []string{"10.1.0.2:8000"})
		})
	})
}

// What an announcement says of TLS can be added by anybody, and taken back by
// nobody.
func TestFinderKeepsTLS(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	n.change(func() { n.announced[0].Text = withoutTLS(n.announced[0].Text) })
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, func(l []netchat.Advert) bool { return len(l) == 1 && !l[0].TLS })
		n.change(func() { n.announced[0].Text = encodeText(netchat.RoomInfo{ID: roomID(1)}) })
		await(t, lists, 10*time.Second, func(l []netchat.Advert) bool { return l[0].TLS && l[0].Room.Name == "room" })
		n.change(func() { n.announced[0].Text = withoutTLS(n.announced[0].Text) })
		nothing(t, lists, time.Minute)
	})
	n.change(func() { n.hosts["10.1.0.5:8000"].advert.TLS = true })
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, func(l []netchat.Advert) bool { return len(l) == 1 && l[0].TLS })
		n.change(func() { n.hosts["10.1.0.5:8000"].advert.TLS = false })
		nothing(t, lists, time.Minute)
	})
}

// A forged goodbye, or an announcement of another machine that does not answer,
// takes nothing away.
func TestFinderBelievesNoGoodbye(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		n.change(func() { n.announced = nil })
		nothing(t, lists, time.Minute)
		n.change(func() {
			n.announced = []Sighting{{Port: 8000, Text: encodeText(netchat.RoomInfo{ID: roomID(1), Name: "moved"}), Addrs: addrs("10.1.0.9")}}
		})
		nothing(t, lists, time.Minute)
	})
}

func TestFinderFollowsTheCode(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, func(l []netchat.Advert) bool { return len(l) == 1 && l[0].Code == "" })
		n.change(func() { n.hosts["10.1.0.5:8000"].advert.Code = "3DE8S55VVC" }) // it was not computed yet
		await(t, lists, 2*helloEvery, func(l []netchat.Advert) bool { return l[0].Code == "3DE8S55VVC" })
	})
}

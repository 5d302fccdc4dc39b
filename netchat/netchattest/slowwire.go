//go:build netns && linux

package netchattest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of a slow wire.
const (
	maxFrame  = 64 << 10 // bytes of one Ethernet frame, headers included
	maxOnWire = 4096     // frames that are on their way; more are lost
)

// A SlowWire says what becomes of frames that cross from one switch to another, in
// either direction.
type SlowWire struct {
	Loss  float64       // how many get lost, from 0 to 1
	Delay time.Duration // how long each takes
}

// Lay connects switch a with switch b by the wire, until the end of the test. The
// kernel's own way to do so, netem, is not in every kernel.
func (l *LAN) Lay(w SlowWire, a, b int) {
	l.T.Helper()
	left, right := l.tap(a, b), l.tap(b, a)
	seeds := Random(l.T)
	var both sync.WaitGroup
	for _, way := range [][2]*os.File{{left, right}, {right, left}} {
		random := rand.New(rand.NewPCG(seeds.Uint64(), 0))
		both.Go(func() { w.carry(way[0], way[1], random) })
	}
	l.T.Cleanup(func() {
		if err := errors.Join(left.Close(), right.Close()); err != nil {
			l.T.Error(err)
		}
		both.Wait()
	})
}

// tap returns an interface of switch a that leads into this process.
func (l *LAN) tap(a, b int) *os.File {
	l.T.Helper()
	name := fmt.Sprintf("%st%d%d", l.prefix, a, b)
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		l.T.Fatalf("/dev/net/tun: %v", err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		l.T.Fatal(err)
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		l.T.Fatalf("a tap interface: %v", err)
	}
	l.IP("link", "set", name, "master", l.Bridge(a), "up")
	return os.NewFile(uintptr(fd), name)
}

// A carried frame arrives at a certain time.
type carried struct {
	frame []byte
	due   time.Time
}

// carry takes frames from one end to the other until one is closed.
func (w SlowWire) carry(from, to *os.File, random *rand.Rand) {
	onWire := make(chan carried, maxOnWire)
	var arriving sync.WaitGroup
	arriving.Go(func() {
		for c := range onWire {
			<-time.After(time.Until(c.due))
			_, _ = to.Write(c.frame)
		}
	})
	defer arriving.Wait()
	defer close(onWire)
	buf := make([]byte, maxFrame)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if random.Float64() < w.Loss {
			continue
		}
		select {
		case onWire <- carried{append([]byte(nil), buf[:n]...), time.Now().Add(w.Delay)}:
		default:
		}
	}
}

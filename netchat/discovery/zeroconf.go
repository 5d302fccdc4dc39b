package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/grandcat/zeroconf"
)

// domain is the one of multicast DNS.
const domain = "local."

// entryBuffer is how many answers may wait for whoever takes them. The library
// stands still for ever, its sockets open, when nobody does.
const entryBuffer = 256

// Bounds of what one round takes from each address family. Once it has all it
// wants it leaves the rest to wait in the library, which reads on no more then:
// what it keeps of a flood has no bound of its own.
const (
	maxEntries    = 1000
	maxEntryAddrs = 32
)

// stopAfter is the least age of a server that is stopped.
const stopAfter = 500 * time.Millisecond

// multicastDNS is the Registrar and Browser over grandcat/zeroconf. It holds
// nothing; any goroutine may use it.
type multicastDNS struct{}

// Register announces r on its interface with that interface's addresses alone.
//
// A server hears the questions of all interfaces that any socket of the machine
// listens on, and answers them where they came from. With addresses of its own
// it would tell those of its interface to the wrong network, and a browser there
// takes the first answer only: a host on two networks was never found on one of
// them. So it is given none where the system tells it the interface of a packet:
// then it answers with the addresses of that one, as they are at that moment.
// Windows does not tell; there a server answers on its own interface alone.
//
// After stop the library's announcing goroutine may sleep for up to 3 s more
// before it ends; it sends nothing. A server that is stopped before its
// goroutines have begun panics (it counts them too late), so stop waits until it
// is stopAfter old; on a machine so busy that this is too early, it has closed its
// sockets by then, and the panic is caught.
func (multicastDNS) Register(r Registration) (stop func(), err error) {
	ifi, err := net.InterfaceByIndex(r.Interface.Index)
	if err != nil {
		return nil, fmt.Errorf("register on %s: %w", r.Interface.Name, err)
	}
	var ips []string
	if runtime.GOOS == "windows" {
		for _, a := range r.Interface.Addrs {
			ips = append(ips, a.Addr().WithZone("").String())
		}
	}
	server, err := zeroconf.RegisterProxy(r.Instance, Service, domain, r.Port, r.Instance, ips, r.Text, []net.Interface{*ifi})
	if err != nil {
		return nil, fmt.Errorf("register on %s: %w", r.Interface.Name, err)
	}
	begun := time.NewTimer(stopAfter)
	return func() {
		<-begun.C
		defer func() { _ = recover() }()
		server.Shutdown()
	}, nil
}

// Browse implements Browser. IPv4 and IPv6 are browsed apart: the library
// refuses both when one of them does not work.
func (multicastDNS) Browse(ctx context.Context, on []Interface, found func(Sighting)) error {
	var ifis []net.Interface
	for _, i := range on {
		if ifi, err := net.InterfaceByIndex(i.Index); err == nil {
			ifis = append(ifis, *ifi)
		}
	}
	if len(ifis) == 0 {
		return errors.New("browse: no usable interface")
	}
	// Every listener ends with ctx. If both families fail, nothing waits.
	var wg sync.WaitGroup
	err4 := browse(ctx, &wg, zeroconf.IPv4, ifis, found)
	err6 := browse(ctx, &wg, zeroconf.IPv6, ifis, found)
	wg.Wait()
	if err4 != nil && err6 != nil {
		return fmt.Errorf("browse: %w", errors.Join(err4, err6))
	}
	return nil
}

// browse listens on one address family in goroutines counted by wg.
func browse(ctx context.Context, wg *sync.WaitGroup, family zeroconf.IPType, ifis []net.Interface, found func(Sighting)) error {
	resolver, err := zeroconf.NewResolver(zeroconf.SelectIPTraffic(family), zeroconf.SelectIfaces(ifis))
	if err != nil {
		return err
	}
	entries := make(chan *zeroconf.ServiceEntry, entryBuffer)
	wg.Go(func() {
		taken := 0
		for e := range entries { // the library closes it when ctx has ended
			if taken++; taken > maxEntries {
				<-ctx.Done()
				continue
			}
			found(sightingOf(e))
		}
	})
	// On an error it closes entries as well.
	return resolver.Browse(ctx, Service, domain, entries)
}

func sightingOf(e *zeroconf.ServiceEntry) Sighting {
	s := Sighting{Port: e.Port, Text: e.Text}
	for _, list := range [][]net.IP{e.AddrIPv4, e.AddrIPv6} {
		for _, ip := range list[:min(len(list), maxEntryAddrs)] {
			if addr, ok := netip.AddrFromSlice(ip); ok {
				s.Addrs = append(s.Addrs, addr.Unmap())
			}
		}
	}
	return s
}

//go:build netns && linux

package discovery

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// Types and classes of DNS records.
const (
	typeA, typePTR, typeTXT, typeAAAA, typeSRV = 1, 12, 16, 28, 33

	classIN = 1
)

const serviceName = Service + "." + domain

// dnsName encodes a name of labels without dots in them.
func dnsName(name string) []byte {
	var out []byte
	for label := range strings.SplitSeq(strings.Trim(name, "."), ".") {
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0)
}

// dnsRecord encodes one; name is encoded already, perhaps as a pointer.
func dnsRecord(name []byte, kind uint16, ttl uint32, data []byte) []byte {
	out := slices.Clone(name)
	out = binary.BigEndian.AppendUint16(out, kind)
	out = binary.BigEndian.AppendUint16(out, classIN)
	out = binary.BigEndian.AppendUint32(out, ttl)
	out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}

// dnsPacket puts a header before questions and answers.
func dnsPacket(flags uint16, questions, answers [][]byte) []byte {
	out := make([]byte, 12)
	binary.BigEndian.PutUint16(out[2:], flags)
	binary.BigEndian.PutUint16(out[4:], uint16(len(questions)))
	binary.BigEndian.PutUint16(out[6:], uint16(len(answers)))
	return append(append(out, slices.Concat(questions...)...), slices.Concat(answers...)...)
}

func dnsText(text []string) []byte {
	var out []byte
	for _, s := range text {
		out = append(append(out, byte(len(s))), s...)
	}
	return out
}

func dnsService(port int, target []byte) []byte {
	return append(binary.BigEndian.AppendUint16(make([]byte, 4), uint16(port)), target...)
}

// announcementOf is what a host of that room says of its own accord; with a ttl
// of 0, its goodbye.
func announcementOf(id netchat.RoomID, name string, at netip.AddrPort, ttl uint32) []byte {
	return announcementWith(id, encodeText(netchat.RoomInfo{ID: id, Name: name}), at, ttl)
}

func announcementWith(id netchat.RoomID, text []string, at netip.AddrPort, ttl uint32) []byte {
	instance := dnsName(instancePrefix + string(id) + "." + serviceName)
	host := dnsName(instancePrefix + string(id) + "." + domain)
	kind := uint16(typeA)
	if at.Addr().Is6() {
		kind = typeAAAA
	}
	return dnsPacket(0x8400, nil, [][]byte{
		dnsRecord(dnsName(serviceName), typePTR, ttl, instance),
		dnsRecord(instance, typeSRV, ttl, dnsService(int(at.Port()), host)),
		dnsRecord(instance, typeTXT, ttl, dnsText(text)),
		dnsRecord(host, kind, ttl, at.Addr().AsSlice()),
	})
}

// queryFor asks for a name, knowing an answer already.
func queryFor(name string, kind uint16, known ...[]byte) []byte {
	question := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(dnsName(name), kind), classIN)
	return dnsPacket(0, [][]byte{question}, known)
}

// bomb is a packet of n services on one host with n addresses: a library that
// gives every service every address makes n*n of them. Each series has services
// of its own.
func bomb(n int, series uint16) []byte {
	out := dnsPacket(0x8400, nil, [][]byte{dnsRecord(dnsName(serviceName), typeTXT, 120, dnsText([]string{"v=1"}))})
	binary.BigEndian.PutUint16(out[6:], uint16(2*n+1))
	service := []byte{0xc0, 12} // where the name of the service stands
	for i := range n {
		label := binary.BigEndian.AppendUint16([]byte{4}, series)
		label = binary.BigEndian.AppendUint16(label, uint16(i))
		out = append(out, dnsRecord(slices.Concat(label, service), typeSRV, 120, dnsService(8000, service))...)
	}
	for i := range n {
		out = append(out, dnsRecord(service, typeA, 120, []byte{10, 77, byte(i >> 8), byte(i)})...)
	}
	return out
}

// packetSeeds are packets of every kind that is sent, and some that never are.
func packetSeeds() [][]byte {
	id := roomID(0xabcdef)
	at, at6 := netip.MustParseAddrPort("10.77.0.200:8000"), netip.MustParseAddrPort("[fe80::1]:8000")
	instance := instancePrefix + string(id) + "." + serviceName
	pointer := dnsRecord(dnsName(serviceName), typePTR, 4000, dnsName(instance))
	return [][]byte{
		announcementOf(id, "教室 3.5", at, 120),
		announcementOf(id, strings.Repeat("长", 70), at6, 120),
		announcementOf(id, "", at, 0),
		queryFor(serviceName, typePTR),
		queryFor(serviceName, typePTR, pointer),
		queryFor(serviceName, typePTR, dnsRecord(dnsName(serviceName), typePTR, 4000, nil)), // an answer without data
		queryFor(serviceName, typePTR, dnsRecord(dnsName(serviceName), typeA, 4000, nil)),
		queryFor(instance, typeSRV),
		queryFor("_services._dns-sd._udp.local", typePTR, pointer),
		dnsPacket(0x8400, nil, [][]byte{pointer, dnsRecord(dnsName(instance), typeSRV, 120, dnsService(0, []byte{0}))}),
		dnsPacket(0x8400, nil, [][]byte{dnsRecord(dnsName(instance), typeTXT, 120, nil), dnsRecord(dnsName(domain), typeA, 120, nil)}),
		dnsPacket(0x8400, nil, [][]byte{dnsRecord([]byte{0xc0, 12}, typePTR, 120, []byte{0xc0, 12})}), // points at itself
		append(dnsPacket(0, nil, nil), 0xc0),
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		bomb(20, 0),
		nil,
	}
}

// mutated returns one of the packets with some bytes changed, cut or doubled.
func mutated(random *rand.Rand, seeds [][]byte) []byte {
	p := slices.Clone(seeds[random.IntN(len(seeds))])
	if random.IntN(20) == 0 {
		p = make([]byte, random.IntN(600))
		for i := range p {
			p[i] = byte(random.Uint32())
		}
	}
	for range random.IntN(6) {
		if len(p) == 0 {
			break
		}
		at := random.IntN(len(p))
		switch random.IntN(5) {
		case 0:
			p = p[:at]
		case 1:
			p = slices.Insert(p, at, p[at:min(len(p), at+random.IntN(64))]...)
		case 2:
			p[at] ^= 1 << random.IntN(8)
		case 3:
			p[at] = 0xc0 // the beginning of a pointer
		default:
			p[at] = byte(random.Uint32())
		}
	}
	return p
}

// dialMulticast returns a connection that sends to the multicast group, on the
// interface that has the address.
func dialMulticast(from string) (*net.UDPConn, error) {
	return net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(from)}, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353})
}

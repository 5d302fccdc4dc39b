//go:build netns && linux

package discovery

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A lanTest makes machines and cables. Names of interfaces within a machine
// are eth0, eth1, …
type lanTest struct {
	t      *testing.T
	prefix string
}

// newLAN makes n switches, numbered from 0. prefix keeps tests apart.
func newLAN(t *testing.T, prefix string, switches int) *lanTest {
	l := &lanTest{t: t, prefix: prefix}
	for i := range switches {
		l.ip("link", "add", l.bridge(i), "type", "bridge", "mcast_snooping", "0")
		t.Cleanup(func() { l.ip("link", "del", l.bridge(i)) })
		l.ip("link", "set", l.bridge(i), "up")
	}
	return l
}

func (l *lanTest) bridge(i int) string         { return fmt.Sprintf("%sbr%d", l.prefix, i) }
func (l *lanTest) netns(machine string) string { return l.prefix + machine }

func (l *lanTest) ip(args ...string) {
	l.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// in runs ip within a machine.
func (l *lanTest) in(machine string, args ...string) {
	l.t.Helper()
	l.ip(append([]string{"-n", l.netns(machine)}, args...)...)
}

// machine makes one, with one cable per address, to switch 0, 1, … An empty
// address leaves IPv6 link-local alone.
func (l *lanTest) machine(name string, addrs ...string) {
	l.t.Helper()
	l.ip("netns", "add", l.netns(name))
	l.t.Cleanup(func() { l.ip("netns", "del", l.netns(name)) })
	l.in(name, "link", "set", "lo", "up")
	for i, addr := range addrs {
		if addr != "none" {
			l.plug(name, i, addr)
		}
	}
}

// plug connects ethN of a machine to switch N.
func (l *lanTest) plug(name string, n int, addr string) {
	l.t.Helper()
	outer, inner := fmt.Sprintf("%s%sv%d", l.prefix, name, n), fmt.Sprintf("eth%d", n)
	l.ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", l.netns(name))
	l.ip("link", "set", outer, "master", l.bridge(n), "up")
	if addr != "" {
		l.in(name, "addr", "add", addr, "dev", inner)
	}
	l.in(name, "link", "set", inner, "up")
}

func (l *lanTest) unplug(name string, n int) {
	l.t.Helper()
	l.ip("link", "del", fmt.Sprintf("%s%sv%d", l.prefix, name, n))
}

// A role is the test binary running on a machine.
type role struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
	over  bool
}

func (l *lanTest) start(machine, roleName string, env ...string) *role {
	l.t.Helper()
	cmd := exec.Command("nsenter", "--net=/run/netns/"+l.netns(machine), os.Args[0])
	// The proxy answers nothing: what went through it would fail.
	cmd.Env = append(os.Environ(), append(env, envRole+"="+roleName, "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9")...)
	cmd.Stderr = l.t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	r := &role{t: l.t, cmd: cmd, stdin: stdin, lines: make(chan string, 1000)}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			r.lines <- s.Text()
		}
	}()
	l.t.Cleanup(r.kill)
	r.line(10*time.Second, "ready")
	return r
}

// host opens room id on port 8000 (room 1), 8001 (room 2), …
func (l *lanTest) host(machine string, id int, name string) *role {
	l.t.Helper()
	room, err := json.Marshal(hosted{
		Room: netchat.RoomInfo{ID: roomID(id), Name: name, Host: machine},
		Port: netchat.DefaultPort + id - 1,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return l.start(machine, "host", envRoom+"="+string(room))
}

func (l *lanTest) find(machine string) *role {
	l.t.Helper()
	return l.start(machine, "find")
}

// line waits for that line, past others.
func (r *role) line(limit time.Duration, want string) {
	r.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case line, ok := <-r.lines:
			if !ok {
				r.t.Fatalf("ended without %q", want)
			}
			if line == want {
				return
			}
		case <-timeout:
			r.t.Fatalf("no %q within %v", want, limit)
		}
	}
}

// list waits until the machine lists what is wanted, and logs how long it took.
func (r *role) list(what string, limit time.Duration, want func([]netchat.Advert) bool) {
	r.t.Helper()
	start, timeout, last := time.Now(), time.After(limit), "nothing"
	for {
		select {
		case line, ok := <-r.lines:
			var list []netchat.Advert
			if err := json.Unmarshal([]byte(line), &list); !ok || err != nil {
				r.t.Fatalf("%s: line %q: %v", what, line, err)
			}
			if last = line; want(list) {
				r.t.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
				return
			}
		case <-timeout:
			r.t.Fatalf("%s: not within %v; last list: %s", what, limit, last)
		}
	}
}

// settle waits until a host only answers.
func (r *role) settle() {
	r.t.Helper()
	if _, err := io.WriteString(r.stdin, "settle\n"); err != nil {
		r.t.Fatal(err)
	}
	r.line(2*leakWait, "settled")
}

// close ends the role properly and checks that none of its goroutines is left.
func (r *role) close() {
	r.t.Helper()
	_ = r.stdin.Close()
	r.line(2*leakWait, "clean")
	r.kill()
}

// kill ends it as kill -9 does.
func (r *role) kill() {
	if r.over {
		return
	}
	r.over = true
	_ = r.cmd.Process.Kill()
	for range r.lines {
	}
	_ = r.cmd.Wait()
}

func (r *role) names(what string, limit time.Duration, names ...string) {
	r.t.Helper()
	slices.Sort(names)
	r.list(what, limit, func(list []netchat.Advert) bool {
		return slices.EqualFunc(list, names, func(a netchat.Advert, name string) bool { return a.Room.Name == name })
	})
}

func (r *role) reachedAt(what string, limit time.Duration, addrs ...string) {
	r.t.Helper()
	r.list(what, limit, func(list []netchat.Advert) bool {
		if len(list) != 1 {
			return false
		}
		v4 := slices.DeleteFunc(list[0].Addrs, func(a string) bool { return strings.HasPrefix(a, "[fe80") })
		return slices.Equal(v4, addrs)
	})
}

func TestNetRoomsComeAndGo(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "a", 1)
	l.machine("h1", "10.77.0.1/24")
	l.machine("h2", "10.77.0.2/24")
	l.machine("h3", "10.77.0.3/24")
	l.machine("f", "10.77.0.9/24")
	long := strings.Repeat("长", 20) + strings.Repeat("x", 40) + `"quotes" \ `[:10]
	one := l.host("h1", 1, "教室 3.5")
	two := l.host("h2", 2, "教室 3.5")
	f := l.find("f")
	f.names("first sight of two rooms of one name", 5*time.Second, "教室 3.5", "教室 3.5")
	three := l.host("h3", 3, long)
	f.names("a late host", 10*time.Second, "教室 3.5", "教室 3.5", long)
	one.kill()
	f.names("a killed host gone", 10*time.Second, "教室 3.5", long)
	two.close()
	f.names("a closed host gone", 10*time.Second, long)
	l.unplug("h3", 0)
	f.names("an unplugged host gone", 10*time.Second)
	l.plug("h3", 0, "10.77.0.3/24")
	f.names("back on a new interface", 15*time.Second, long)
	three.close()
	f.close()
}

func TestNetAddressChanges(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "b", 1)
	l.machine("h", "10.77.0.1/24")
	l.machine("f", "10.77.0.9/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.reachedAt("first sight", 5*time.Second, "10.77.0.1:8000")
	l.in("h", "addr", "del", "10.77.0.1/24", "dev", "eth0")
	l.in("h", "addr", "add", "10.77.0.50/24", "dev", "eth0")
	f.reachedAt("a changed address", 15*time.Second, "10.77.0.50:8000")
	f.close()
	h.close()
}

func TestNetStartsWithoutNetwork(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "c", 1)
	l.machine("h", "none")
	l.machine("f", "none")
	h, f := l.host("h", 1, "room"), l.find("f")
	l.plug("h", 0, "10.77.0.1/24")
	l.plug("f", 0, "10.77.0.9/24")
	f.names("first sight after plugging in", 10*time.Second, "room")
	f.close()
	h.close()
}

func TestNetLinkLocalAlone(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "d", 1)
	l.machine("h", "")
	l.machine("f", "")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.list("first sight over IPv6 link-local", 10*time.Second, func(list []netchat.Advert) bool {
		return len(list) == 1 && strings.HasPrefix(list[0].Addrs[0], "[fe80::") && strings.HasSuffix(list[0].Addrs[0], "%eth0]:8000")
	})
	f.close()
	h.close()
}

// Each of two networks has to learn the address that the host has there.
func TestNetHostOnTwoNetworks(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "e", 2)
	l.machine("h", "10.77.0.1/24", "10.78.0.1/24")
	l.machine("f0", "10.77.0.9/24")
	l.machine("f1", "none", "10.78.0.9/24")
	h := l.host("h", 1, "room")
	l.find("f0").names("first sight", 5*time.Second, "room")
	h.settle()
	f0, f1 := l.find("f0"), l.find("f1")
	f0.reachedAt("on the first network", 5*time.Second, "10.77.0.1:8000")
	f1.reachedAt("on the second network", 5*time.Second, "10.78.0.1:8000")
	f0.close()
	f1.close()
	h.close()
}

func TestNetSeveralOnOneMachine(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "f", 1)
	l.machine("h", "10.77.0.1/24")
	l.machine("f", "10.77.0.9/24")
	one, two := l.host("h", 1, "one"), l.host("h", 2, "two")
	same, again, other := l.find("h"), l.find("h"), l.find("f")
	for _, f := range []*role{same, again, other} {
		f.names("two rooms of one machine", 5*time.Second, "one", "two")
	}
	one.close() // its goodbye must not take the other one along
	for _, f := range []*role{same, again, other} {
		f.names("one of them closed", 10*time.Second, "two")
		f.close()
	}
	f := l.find("f")
	f.reachedAt("the other one found anew", 5*time.Second, "10.77.0.1:8001")
	f.close()
	two.close()
}

//go:build netns && linux

package netchattest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Tests with the tag netns run real programs on machines that are network
// namespaces. The test binary starts itself over in namespaces of its own, with
// a private /run, so that nothing of them is left behind; it needs unshare,
// nsenter and mount (util-linux) and ip (iproute2), and root or the right to
// make user namespaces. The machines run the test binary again in a role.

const (
	envInside = "HOMEROOM_TEST_INSIDE"
	envRole   = "HOMEROOM_TEST_ROLE"
)

// RoleEnds bounds how long a role may take for what it is told, and its
// goroutines to end: the announcing one of the multicast library sleeps for up
// to 3 s.
const RoleEnds = 5 * time.Second

// InNamespaces is called by TestMain, with what the roles play. If done, the
// process has been a role and is to exit with code.
func InNamespaces(plays map[string]func() int) (code int, done bool) {
	if play, known := plays[os.Getenv(envRole)]; known {
		return play(), true
	}
	if os.Getenv(envInside) != "" {
		return 0, false
	}
	args := []string{"--net", "--mount"}
	if os.Geteuid() != 0 {
		args = append(args, "--user", "--map-root-user")
	}
	const script = `mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up && exec "$0" "$@"`
	args = append(args, "sh", "-c", script)
	if out, err := exec.Command("unshare", append(slices.Clone(args), "true")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the tests with the tag netns need root or user namespaces, util-linux and iproute2: unshare: %v: %s", err, out)
		return 1, true
	}
	path, err := exec.LookPath("unshare")
	if err == nil {
		err = syscall.Exec(path, slices.Concat([]string{"unshare"}, args, os.Args), append(os.Environ(), envInside+"=1"))
	}
	return FailRole(err), true
}

// FailRole tells why a role failed, and returns its exit code.
func FailRole(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// EndRole prints "clean" once no goroutine is left but this one, and no socket.
// It returns the role's exit code.
func EndRole() int {
	var err error
	for end := time.Now().Add(RoleEnds); time.Now().Before(end); {
		if err = errors.Join(goleak.Find(), openSockets()); err == nil { // tries for a while
			fmt.Println("clean")
			return 0
		}
	}
	return FailRole(err)
}

// openSockets is an error if this process has any.
func openSockets() error {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			return fmt.Errorf("file %s is still a %s", f.Name(), to)
		}
	}
	return nil
}

// A LAN makes machines and cables. Names of interfaces within a machine
// are eth0, eth1, …
type LAN struct {
	T      *testing.T
	prefix string
}

// NewLAN makes n switches, numbered from 0. prefix keeps tests apart.
func NewLAN(t *testing.T, prefix string, switches int) *LAN {
	l := &LAN{T: t, prefix: prefix}
	for i := range switches {
		l.IP("link", "add", l.Bridge(i), "type", "bridge", "mcast_snooping", "0")
		t.Cleanup(func() { l.IP("link", "del", l.Bridge(i)) })
		l.IP("link", "set", l.Bridge(i), "up")
	}
	return l
}

// Bridge returns the name of switch i, outside of the machines.
func (l *LAN) Bridge(i int) string         { return fmt.Sprintf("%sbr%d", l.prefix, i) }
func (l *LAN) netns(machine string) string { return l.prefix + machine }

// IP runs ip outside of the machines.
func (l *LAN) IP(args ...string) {
	l.T.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.T.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// In runs ip within a machine.
func (l *LAN) In(machine string, args ...string) {
	l.T.Helper()
	l.IP(append([]string{"-n", l.netns(machine)}, args...)...)
}

// Machine makes one, with one cable per address, to switch 0, 1, … An empty
// address leaves IPv6 link-local alone.
func (l *LAN) Machine(name string, addrs ...string) {
	l.T.Helper()
	l.IP("netns", "add", l.netns(name))
	l.T.Cleanup(func() { l.IP("netns", "del", l.netns(name)) })
	l.In(name, "link", "set", "lo", "up")
	for i, addr := range addrs {
		if addr != "none" {
			l.Plug(name, i, addr)
		}
	}
}

// Cable returns the name that ethN of a machine has at the switch, outside of the
// machines.
func (l *LAN) Cable(name string, n int) string { return fmt.Sprintf("%s%sv%d", l.prefix, name, n) }

// Plug connects ethN of a machine to switch N.
func (l *LAN) Plug(name string, n int, addr string) {
	l.T.Helper()
	outer, inner := l.Cable(name, n), fmt.Sprintf("eth%d", n)
	l.IP("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", l.netns(name))
	l.IP("link", "set", outer, "master", l.Bridge(n), "up")
	if addr != "" {
		l.In(name, "addr", "add", addr, "dev", inner)
	}
	l.In(name, "link", "set", inner, "up")
}

// Unplug takes ethN of a machine away.
func (l *LAN) Unplug(name string, n int) {
	l.T.Helper()
	l.IP("link", "del", l.Cable(name, n))
}

// A Role is the test binary running on a machine.
type Role struct {
	T     *testing.T
	Cmd   *exec.Cmd
	Stdin io.WriteCloser
	Lines chan string // what it has printed; closed behind its end
	over  bool
}

// Start plays a role of InNamespaces on a machine and returns when it has printed
// "ready". It is killed at the end of the test, unless it was closed.
func (l *LAN) Start(machine, roleName string, env ...string) *Role {
	l.T.Helper()
	cmd := exec.Command("nsenter", "--net=/run/netns/"+l.netns(machine), os.Args[0])
	// The proxy answers nothing: what went through it would fail.
	cmd.Env = append(os.Environ(), append(env, envRole+"="+roleName, "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9")...)
	cmd.Stderr = l.T.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.T.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		l.T.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.T.Fatal(err)
	}
	r := &Role{T: l.T, Cmd: cmd, Stdin: stdin, Lines: make(chan string, 1000)}
	go func() {
		defer close(r.Lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			r.Lines <- s.Text()
		}
	}()
	l.T.Cleanup(r.Kill)
	r.Line(10*time.Second, "ready")
	return r
}

// Line waits for that line, and returns those before it.
func (r *Role) Line(limit time.Duration, want string) (before []string) {
	r.T.Helper()
	_, before = r.next(limit, want, func(line string) bool { return line == want })
	return before
}

// Rest waits for a line with that beginning, past others, and returns what
// follows in it.
func (r *Role) Rest(limit time.Duration, prefix string) string {
	r.T.Helper()
	line, _ := r.next(limit, prefix, func(line string) bool { return strings.HasPrefix(line, prefix) })
	return strings.TrimPrefix(line, prefix)
}

// next waits for a line that is wanted, and returns it and those before it.
func (r *Role) next(limit time.Duration, what string, wanted func(line string) bool) (line string, before []string) {
	r.T.Helper()
	timeout := time.After(limit)
	for {
		select {
		case line, ok := <-r.Lines:
			if !ok {
				r.T.Fatalf("ended without %q; %q", what, before)
			}
			if wanted(line) {
				return line, before
			}
			before = append(before, line)
		case <-timeout:
			r.T.Fatalf("no %q within %v; %q", what, limit, before)
		}
	}
}

// InputEnds returns, in a role, a context that ends with the standard input;
// after that the channel is closed.
func InputEnds() (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx, ended
}

// Tell gives a role a command and waits for the answer.
func (r *Role) Tell(command, answer string) {
	r.T.Helper()
	if _, err := io.WriteString(r.Stdin, command+"\n"); err != nil {
		r.T.Fatal(err)
	}
	r.Line(2*RoleEnds, answer)
}

// Signal sends a signal to the role.
func (r *Role) Signal(s os.Signal) {
	r.T.Helper()
	if err := r.Cmd.Process.Signal(s); err != nil {
		r.T.Fatal(err)
	}
}

// Close ends the role properly and checks that none of its goroutines and
// sockets is left.
func (r *Role) Close() {
	r.T.Helper()
	_ = r.Stdin.Close()
	r.Line(2*RoleEnds, "clean")
	for range r.Lines {
	}
	r.over = true
	if err := r.Cmd.Wait(); err != nil { // the race detector tells by the exit code
		r.T.Errorf("ended with %v", err)
	}
}

// Kill ends it as kill -9 does.
func (r *Role) Kill() {
	if r.over {
		return
	}
	r.over = true
	_ = r.Cmd.Process.Kill()
	for range r.Lines {
	}
	_ = r.Cmd.Wait()
}

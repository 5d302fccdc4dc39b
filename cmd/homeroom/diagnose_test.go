package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

func newNetwork(t *testing.T) network {
	t.Helper()
	_, device, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := keyring.Temporary()
	t.Cleanup(func() { _ = keys.Close() })
	return network{keys: keys, device: device, own: &ownRooms{}, log: slog.New(slog.DiscardHandler)}
}

// taken returns a port of this machine that is in use.
func taken(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}

func TestFaultsOfJoining(t *testing.T) {
	n := newNetwork(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	addr := taken(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := ln.Addr().String()
	_ = ln.Close()
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	quiet, stop := context.WithCancel(ctx)
	stop()
	for what, c := range map[string]struct {
		ctx    context.Context
		target string
		want   error
	}{
		"nothing there":  {ctx, closed, app.ErrRefused},
		"a web server":   {ctx, strings.TrimPrefix(web.URL, "http://"), netchat.ErrNotARoom},
		"given up":       {quiet, addr, netchat.ErrUnreached},
		"no such target": {ctx, "a b", nil},
	} {
		chat, err := n.join(c.ctx, app.JoinRequest{Target: c.target, Name: "x"})
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %v, %v", what, chat, err)
		}
		if c.want == app.ErrRefused && !errors.Is(err, netchat.ErrUnreached) {
			t.Errorf("%s lost what the client said: %v", what, err)
		}
	}
}

func TestFaultsOfHosting(t *testing.T) {
	n := newNetwork(t)
	if hosted, err := n.host(t.Context(), app.HostRequest{Room: "r", Listen: taken(t)}); !errors.Is(err, app.ErrPortTaken) {
		t.Errorf("%v, %v", hosted, err)
	}
	// 192.0.2.0/24 is for documentation: it is nobody's.
	if hosted, err := n.host(t.Context(), app.HostRequest{Room: "r", Listen: "192.0.2.1:0"}); !errors.Is(err, app.ErrNotOwnAddress) {
		t.Errorf("%v, %v", hosted, err)
	}
	if hosted, err := n.host(t.Context(), app.HostRequest{Room: strings.Repeat("x", 300)}); !errors.Is(err, netchat.ErrTooLong) {
		t.Errorf("%v, %v", hosted, err)
	}
	hosted, err := n.host(t.Context(), app.HostRequest{Room: "r", Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if hosted.Failed() == nil {
		t.Error("nobody would tell that the room failed")
	}
	if err := hosted.Close(); err != nil {
		t.Error(err)
	}
}

// TestFaultsBySystem covers what cannot be brought about everywhere: the
// numbers of each system behind what package net wraps around them.
func TestFaultsBySystem(t *testing.T) {
	wrapped := func(n syscall.Errno) error {
		return fmt.Errorf("join: %w: %w", netchat.ErrUnreached, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", n)})
	}
	listening := func(n syscall.Errno) error {
		return fmt.Errorf("open room: %w", &hosting.ListenError{Addr: ":80", Err: os.NewSyscallError("bind", n)})
	}
	for _, c := range []struct{ got, want error }{
		{joinFault(wrapped(syscall.ECONNREFUSED)), app.ErrRefused},
		{joinFault(wrapped(winRefused)), app.ErrRefused},
		{joinFault(wrapped(syscall.ENETUNREACH)), app.ErrNoRoute},
		{joinFault(wrapped(syscall.EHOSTUNREACH)), app.ErrNoRoute},
		{joinFault(wrapped(winNetUnreach)), app.ErrNoRoute},
		{joinFault(wrapped(winHostUnreach)), app.ErrNoRoute},
		{joinFault(fmt.Errorf("join: %w", &net.DNSError{Name: "x", IsNotFound: true})), app.ErrNoSuchHost},
		{hostFault(listening(syscall.EACCES)), app.ErrPortForbidden},
		{hostFault(listening(winAccess)), app.ErrPortForbidden},
		{hostFault(listening(winAddrInUse)), app.ErrPortTaken},
		{hostFault(listening(winAddrNotAvail)), app.ErrNotOwnAddress},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%v is not %v", c.got, c.want)
		}
	}
	for _, err := range []error{io.EOF, fmt.Errorf("the room's key: %w", syscall.EACCES)} {
		if got := hostFault(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	if got := joinFault(&net.DNSError{Name: "x", IsTimeout: true}); errors.Is(got, app.ErrNoSuchHost) {
		t.Errorf("a name server that is silent became %v", got)
	}
}

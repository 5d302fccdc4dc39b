package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// How Windows numbers what other systems call ECONNREFUSED and so on: its
// sockets do not fail with the values that package syscall has for it.
const (
	winAccess       = syscall.Errno(10013)
	winAddrInUse    = syscall.Errno(10048)
	winAddrNotAvail = syscall.Errno(10049)
	winNetUnreach   = syscall.Errno(10051)
	winRefused      = syscall.Errno(10061)
	winHostUnreach  = syscall.Errno(10065)
)

// joinFault names what the network said when a room was joined, so that the
// window can say what to do.
func joinFault(err error) error {
	var lookup *net.DNSError
	switch {
	case anyOf(err, syscall.ECONNREFUSED, winRefused):
		return fmt.Errorf("%w: %w", app.ErrRefused, err)
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return fmt.Errorf("%w: %w", app.ErrNoSuchHost, err)
	case anyOf(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, winNetUnreach, winHostUnreach):
		return fmt.Errorf("%w: %w", app.ErrNoRoute, err)
	}
	return err
}

// hostFault names why an address cannot be listened on.
func hostFault(err error) error {
	var lost *keyring.LostError
	if errors.As(err, &lost) {
		return fmt.Errorf("%w: %w", app.ErrLostRoomKey, err)
	}
	var listen *hosting.ListenError
	if !errors.As(err, &listen) {
		return err
	}
	switch {
	case anyOf(listen, syscall.EADDRINUSE, winAddrInUse):
		return fmt.Errorf("%w: %w", app.ErrPortTaken, err)
	case anyOf(listen, syscall.EACCES, winAccess):
		return fmt.Errorf("%w: %w", app.ErrPortForbidden, err)
	case anyOf(listen, syscall.EADDRNOTAVAIL, winAddrNotAvail):
		return fmt.Errorf("%w: %w", app.ErrNotOwnAddress, err)
	}
	return err
}

// winDiskFull is ENOSPC of Windows.
const winDiskFull = syscall.Errno(112)

// exportFault names why an exported file cannot be written.
func exportFault(err error) error {
	if output := (*wholefile.OutputError)(nil); !errors.As(err, &output) {
		return err
	}
	return fileFault(err)
}

// fileFault names why a file or a folder cannot be written.
func fileFault(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), anyOf(err, syscall.ENOTDIR, syscall.EEXIST):
		return fmt.Errorf("%w: %w", app.ErrNoFolder, err)
	case errors.Is(err, fs.ErrPermission), anyOf(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", app.ErrForbidden, err)
	case anyOf(err, syscall.ENOSPC, winDiskFull):
		return fmt.Errorf("%w: %w", app.ErrDiskFull, err)
	}
	return err
}

func anyOf(err error, numbers ...syscall.Errno) bool {
	for _, n := range numbers {
		if errors.Is(err, n) {
			return true
		}
	}
	return false
}

// online reports whether there is a network on which rooms could be found.
func online() bool {
	on, err := discovery.SystemInterfaces()
	return err != nil || len(on) > 0
}

package server

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// A pipeListener accepts connections of this process: the host's own link,
// which then is an ordinary client's.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// A pipeConn is the server's end of such a connection.
type pipeConn struct{ net.Conn }

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- pipeConn{theirs}:
		return ours, nil
	case <-l.done:
		return nil, fmt.Errorf("dial in process: %w", netchat.ErrClosed)
	case <-ctx.Done():
		return nil, fmt.Errorf("dial in process: %w", ctx.Err())
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

func (pipeAddr) String() string { return "pipe" }

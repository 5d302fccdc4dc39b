// Command homeroom-cli is Homeroom without a window: it hosts a room, joins one
// in a terminal or for a script, and lists the rooms of the network.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/homeroomchat/homeroom/netchat/discovery"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGPIPE) // whoever reads no more is an error like others: the room is left first
	// A second signal ends the process at once, whatever it is waiting for.
	context.AfterFunc(ctx, stop)
	log.SetOutput(discovery.LibraryLog(slog.New(slog.DiscardHandler), os.Stderr))
	os.Exit(run(ctx, os.Args[1:], streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, exit: os.Exit,
	}))
}

package discovery

import (
	"bytes"
	"log"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/grandcat/zeroconf"
)

// The library's own complaint goes to the logger, everybody else's where it
// went before.
func TestLibraryLog(t *testing.T) {
	var quiet, rest bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&quiet, &slog.HandlerOptions{Level: slog.LevelDebug}))
	flags := log.Flags()
	defer func() {
		log.SetOutput(os.Stderr)
		log.SetFlags(flags)
	}()
	log.SetOutput(LibraryLog(logger, &rest))
	log.SetFlags(0)

	nowhere := []net.Interface{{Index: 1 << 30, Name: "nowhere"}}
	if _, err := zeroconf.RegisterProxy("x", Service, domain, 8000, "x", nil, nil, nowhere); err == nil {
		t.Fatal("registered on no interface")
	}
	log.Print("window: no display")
	log.Print("[zeroconf] said by somebody else")
	if got, want := rest.String(), "window: no display\n[zeroconf] said by somebody else\n"; got != want {
		t.Errorf("the rest got %q, want %q", got, want)
	}
	if lines := strings.Count(quiet.String(), "\n"); lines != 2 || strings.Count(quiet.String(), "level=DEBUG") != 2 || !strings.Contains(quiet.String(), "no suitable IPv4 interface") {
		t.Errorf("the logger got %q", quiet.String())
	}
}

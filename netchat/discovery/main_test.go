package discovery

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestMain(m *testing.M) {
	if code, done := runInNamespaces(); done {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// roomID makes a valid id that is easy to tell from others.
func roomID(n int) netchat.RoomID { return netchat.RoomID(fmt.Sprintf("%032x", n)) }

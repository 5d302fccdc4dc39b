package hosting_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if code, done := runInNamespaces(); done {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

package netchattest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// seedVariable is the environment variable with the seed of Random.
const seedVariable = "TEST_SEED"

// Random returns random numbers for one test, the same ones in each run: they
// depend on the name of the test and, where it is set, on the environment
// variable TEST_SEED, an unsigned number. Runs that look for what is rare set it.
// The seed is in the log of a test that fails.
func Random(t testing.TB) *rand.Rand {
	t.Helper()
	var seed uint64
	if set := os.Getenv(seedVariable); set != "" {
		var err error
		if seed, err = strconv.ParseUint(set, 10, 64); err != nil {
			t.Fatalf("%s=%q is no seed", seedVariable, set)
		}
	}
	t.Logf("%s=%d", seedVariable, seed)
	var of uint64
	for _, b := range []byte(t.Name()) {
		of = of*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(seed, of))
}

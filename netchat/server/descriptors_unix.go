//go:build linux || darwin

package server

import (
	"math"
	"syscall"
)

// descriptorLimit returns how many file descriptors this program may have, 0 if
// nobody knows. Go has made it as high as it may be at the start.
func descriptorLimit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32))
}

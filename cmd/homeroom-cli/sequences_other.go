//go:build !windows

package main

import "os"

// enableSequences makes the terminal obey escape sequences; this one always
// does. undo takes it back.
func enableSequences(*os.File) (undo func(), err error) { return func() {}, nil }

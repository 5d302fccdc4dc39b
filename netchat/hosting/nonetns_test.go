//go:build !netns || !linux

package hosting_test

// runInNamespaces does nothing without the tag netns: those tests need root or
// user namespaces, and the tools of iproute2 and util-linux.
func runInNamespaces() (code int, done bool) { return 0, false }

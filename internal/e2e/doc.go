// Package e2e drives the real programs as people do: real windows under an X
// server with a window manager, by keyboard and mouse, and the real terminal
// program beside them. Its tests have the build tag e2e; scripts/e2e.sh runs
// them on a screen of their own.
package e2e

// Package x11paste reads the text that another program offers on an X display to be
// pasted, whole: the library under the window takes it for a C string, which ends at
// the first NUL. It speaks the few requests of the X protocol that this needs over a
// connection of its own.
package x11paste

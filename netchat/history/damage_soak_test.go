//go:build soak

package history_test

import "testing"

// TestSoakDamage opens 500 files with a byte flipped and 500 that are cut off.
func TestSoakDamage(t *testing.T) { damage(t, 500) }

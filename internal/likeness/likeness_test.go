package likeness

import "testing"

func TestFold(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Café", "CAFE\u0301", true},
		{"Straße", "STRASSE", true},
		{"ΣΟΦΌΣ", "σοφός", true},
		{"教室", "教室", true},
		{"Class 3.5", "class 3.5", true},
		{"Room 1", "Room l", false},
		{"a b", "ab", false},
		{"", "a", false},
	} {
		if (Fold(c.a) == Fold(c.b)) != c.same {
			t.Errorf("%q is %q, %q is %q", c.a, Fold(c.a), c.b, Fold(c.b))
		}
	}
}

package joining

import (
	"strings"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// ParseInvite reads where somebody was told to go: a link "http://ADDR:PORT/#CODE",
// a code with dashes such as "ABCDE-FGHJK" or "7K-ABCDE-FGHJK", or something else,
// which is the target then, as it was typed but for blanks around it. code is
// empty if there is none. It fails for what was meant to have a code and has none
// that is good: nothing of it may be used without.
func ParseInvite(typed string) (target string, code netchat.RoomCode, place string, ok bool) {
	typed = strings.TrimSpace(typed)
	if rest, fragment, cut := strings.Cut(strings.ReplaceAll(typed, "＃", "#"), "#"); cut {
		if strings.TrimSpace(fragment) == "" {
			return rest, "", "", rest != ""
		}
		code, place, ok = netchat.ParseCode(fragment)
		return rest, code, place, ok && rest != ""
	}
	if looksLikeCode(typed) {
		code, place, ok = netchat.ParseCode(typed)
		return "", code, place, ok
	}
	return typed, "", "", typed != ""
}

// dashes are those that netchat.ParseCode takes for one.
const dashes = "-–—\u2011－"

// looksLikeCode reports whether s has the groups of a code: five characters and
// five, and maybe the address part in front of them, with dashes between. Without
// dashes it may as well be the name of a room or of a machine.
func looksLikeCode(s string) bool {
	groups := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(dashes+" \t\u3000", r) })
	if n := len(groups); n != 2 && n != 3 || !strings.ContainsAny(s, dashes) {
		return false
	}
	for _, g := range groups[len(groups)-2:] {
		if utf8.RuneCountInString(g) != netchat.CodeLength/2 {
			return false
		}
	}
	_, _, ok := netchat.ParseCode(s)
	return ok
}

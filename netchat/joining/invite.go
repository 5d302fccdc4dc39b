package joining

import (
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// ParseInvite reads where somebody was told to go: a link "http://ADDR:PORT/#CODE",
// a code in any grouping, or something else, which is the Target then, as it was
// typed but for blanks around it. What can be a code is one, whatever else it may
// be. What looks like a code and like nothing else, and is none, fails with
// netchat.ErrMistypedCode or ErrNoCode, and so does what was meant to have a code
// and has no good one: nothing of it may be used without. So does nothing at all.
func ParseInvite(typed string) (netchat.Invite, error) {
	typed = strings.TrimSpace(typed)
	rest, fragment, linked := strings.Cut(strings.ReplaceAll(typed, "＃", "#"), "#")
	if fragment = strings.TrimSpace(fragment); linked && fragment != "" {
		code, err := ParseCode(fragment)
		if rest == "" && err == nil {
			err = netchat.ErrNoCode
		}
		return netchat.Invite{Target: rest, TypedCode: code}, err
	}
	if linked {
		typed = rest
	}
	code := netchat.ReadCode(typed)
	switch {
	case code.Code != "":
		return netchat.Invite{TypedCode: code}, nil
	case typed == "" || code.Shaped:
		return netchat.Invite{}, fault(code)
	}
	return netchat.Invite{Target: typed, TypedCode: code}, nil
}

// ParseCode reads what has to be a code. It fails with netchat.ErrMistypedCode or
// ErrNoCode.
func ParseCode(typed string) (netchat.TypedCode, error) {
	code := netchat.ReadCode(typed)
	if code.Code == "" {
		return netchat.TypedCode{}, fault(code)
	}
	return code, nil
}

// fault says what is wrong with what is no code.
func fault(code netchat.TypedCode) error {
	if code.Form == netchat.CodeMistyped {
		return netchat.ErrMistypedCode
	}
	return netchat.ErrNoCode
}

package app

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"image/color"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

// sources parses the package's files without its tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := make(map[string]*ast.File)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = f
	}
	return files
}

// keysInCode returns the constants of keys.go with the keys they name.
func keysInCode(t *testing.T, files map[string]*ast.File) map[string]string {
	t.Helper()
	keys := make(map[string]string)
	ast.Inspect(files["keys.go"], func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			name, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			keys[v.Names[0].Name] = name
		}
		return true
	})
	return keys
}

func translations(t *testing.T, lang string) map[string]any {
	t.Helper()
	data, err := fs.ReadFile(assets.Translations(), lang+".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTranslationsAreComplete(t *testing.T) {
	files := sources(t)
	keys := keysInCode(t, files)
	want := slices.Sorted(maps.Values(keys))
	for _, lang := range []string{LangEnglish, LangChinese} {
		got := slices.Sorted(maps.Keys(translations(t, lang)))
		for _, k := range want {
			if !slices.Contains(got, k) {
				t.Errorf("%s lacks %q", lang, k)
			}
		}
		for _, k := range got {
			if !slices.Contains(want, k) {
				t.Errorf("%s has %q, which no code names", lang, k)
			}
		}
	}
	used := make(map[string]bool)
	for name, f := range files {
		if name == "keys.go" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[id.Name] = true
			}
			return true
		})
	}
	for name := range keys {
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
}

// TestTextsAreNamed keeps keys from being made of strings on the spot, which
// the test above would not see.
func TestTextsAreNamed(t *testing.T) {
	for name, f := range sources(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || (sel.Sel.Name != "say" && sel.Sel.Name != "count") {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Value != `""` {
				t.Errorf("%s says %s", name, lit.Value)
			}
			return true
		})
	}
}

// TestPlaceholdersAgree checks that both languages fill in the same things.
func TestPlaceholdersAgree(t *testing.T) {
	holes := func(v any) []string {
		data, _ := json.Marshal(v)
		var out []string
		for _, part := range strings.Split(string(data), "{{")[1:] {
			hole, _, _ := strings.Cut(part, "}}")
			out = append(out, hole)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	en, zh := translations(t, LangEnglish), translations(t, LangChinese)
	for k := range en {
		if a, b := holes(en[k]), holes(zh[k]); !slices.Equal(a, b) {
			t.Errorf("%s is filled with %v and %v", k, a, b)
		}
	}
}

func TestOneGateToTheUIThread(t *testing.T) {
	for name, f := range sources(t) {
		if name == "uithread.go" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "DoAndWait" || sel.Sel.Name == "Do" && isIdent(sel.X, "fyne")) {
				t.Errorf("%s calls fyne.%s", name, sel.Sel.Name)
			}
			return true
		})
		for _, i := range f.Imports {
			if i.Path.Value == `"fyne.io/fyne/v2/app"` {
				t.Errorf("%s imports the driver", name)
			}
		}
	}
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// TestEverySentinelHasASentence covers the errors that a person can meet.
func TestEverySentinelHasASentence(t *testing.T) {
	tx, err := newTexts(assets.Translations(), LangEnglish)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		netchat.ErrClosed, netchat.ErrRoomClosed, netchat.ErrTakenOver, netchat.ErrBadHello, netchat.ErrFull, netchat.ErrAddressFull,
		netchat.ErrFlood, netchat.ErrTooSlow, netchat.ErrTooLong, netchat.ErrOutboxFull, netchat.ErrNotFound,
		netchat.ErrNotUnique, netchat.ErrUnreached, netchat.ErrNotARoom, netchat.ErrProtocol,
		&netchat.CloseError{Code: netchat.CloseRoomClosed}, ErrAlreadyRunning, ErrDamagedKey,
	} {
		if s := tx.sentence(err); strings.HasPrefix(s, "That did not work") {
			t.Errorf("%v is told as %q", err, s)
		}
	}
}

func TestChooseLang(t *testing.T) {
	for _, v := range []string{"LC_ALL", "LC_MESSAGES"} {
		t.Setenv(v, "")
	}
	for _, c := range []struct{ flag, set, env, want string }{
		{"", "", "", LangEnglish},
		{"", "", "zh_TW.UTF-8", LangChinese},
		{"", "", "ja_JP.UTF-8", LangEnglish},
		{"", "en", "zh_CN.UTF-8", LangEnglish},
		{"zh-Hans", "en", "en_US.UTF-8", LangChinese},
	} {
		t.Setenv("LANG", c.env)
		if got := chooseLang(c.flag, c.set); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// TestContrast keeps every text readable on its ground.
func TestContrast(t *testing.T) {
	const least = 4.5
	for name, p := range map[string]palette{"light": lightPalette(), "dark": darkPalette()} {
		for _, c := range []struct {
			what     string
			ink, lie color.NRGBA
		}{
			{"text on ground", p.text, p.ground},
			{"text on bar", p.text, p.bar},
			{"text on card", p.text, p.card},
			{"text on own card", p.text, p.ownCard},
			{"text on button", p.text, p.button},
			{"muted on ground", p.muted, p.ground},
			{"muted on card", p.muted, p.card},
			{"muted on own card", p.muted, p.ownCard},
			{"muted on pill", p.muted, p.pill},
			{"muted on field", p.muted, p.field},
			{"muted on disabled", p.muted, p.disable},
			{"link on card", p.link, p.card},
			{"link on own card", p.link, p.ownCard},
			{"link on ground", p.link, p.ground},
			{"danger on ground", p.danger, p.ground},
			{"on accent", p.onAccent, p.accent},
			{"side", p.sideText, p.side},
			{"side card", p.sideText, p.sideCard},
			{"side hover", p.sideText, p.sideHover},
			{"side muted", p.sideMuted, p.side},
			{"side muted on card", p.sideMuted, p.sideCard},
			{"side muted on hover", p.sideMuted, p.sideHover},
			{"side faint on card", p.sideFaint, p.sideCard},
			{"host mark", p.hostMark, p.sideCard},
			{"on the banner", p.onBar, p.warnBar},
			{"grey avatar", rgb(0xffffff), p.sideGrey},
			{"chosen", p.onAccent, p.sideChosen},
			{"gone", p.onAccent, p.sideCard},
		} {
			if got := contrast(c.ink, c.lie); got < least {
				t.Errorf("%s, %s: %.2f", name, c.what, got)
			}
		}
	}
	for i, c := range avatarColors() {
		if got := contrast(rgb(0xffffff), c); got < least {
			t.Errorf("avatar %d: %.2f", i, got)
		}
	}
}

// TestRingsStandOut: of the two lines around what has the keyboard, one at
// least is to be seen on whatever they may lie on, and they are told apart.
// The line around a field that has the keyboard is to be seen too.
func TestRingsStandOut(t *testing.T) {
	const least = 3
	for name, p := range map[string]palette{"light": lightPalette(), "dark": darkPalette()} {
		for what, lie := range map[string]color.NRGBA{
			"ground": p.ground, "bar": p.bar, "card": p.card, "own card": p.ownCard, "banner": p.warnBar, "button": p.button,
			"accent": p.accent, "side": p.side, "side card": p.sideCard, "hover": p.sideHover, "chosen": p.sideChosen, "gone": p.disable,
		} {
			if got := max(contrast(p.ringLight, lie), contrast(p.ringDark, lie)); got < least {
				t.Errorf("%s, ring on %s: %.2f", name, what, got)
			}
		}
		for _, c := range []struct {
			what      string
			line, lie color.NRGBA
		}{
			{"the lines of the ring", p.ringLight, p.ringDark},
			{"field with the keyboard on card", p.link, p.card},
			{"filter with the keyboard on side", p.sideText, p.side},
			{"border of the filter", p.sideFaint, p.side},
			{"border of private mode", p.mark, p.bar},
		} {
			if got := contrast(c.line, c.lie); got < least {
				t.Errorf("%s, %s: %.2f", name, c.what, got)
			}
		}
	}
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

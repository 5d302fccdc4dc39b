package app

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/homeroomchat/homeroom/app/textflow"
)

// The languages that there are texts in.
const (
	LangEnglish = "en"
	LangChinese = "zh-Hans"
)

// A textKey names a text in the translation files; keys.go has them all.
type textKey string

// A words is what a text is filled with.
type words map[string]any

// texts are the window's words in one language. Every word on the screen comes
// from here. It may be used from any goroutine.
type texts struct {
	lang      string
	localizer *i18n.Localizer
}

// newTexts reads the translations of files and chooses lang.
func newTexts(files fs.FS, lang string) (*texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, name := range []string{LangEnglish, LangChinese} {
		file := name + ".json"
		data, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, fmt.Errorf("read translations: %w", err)
		}
		if _, err := bundle.ParseMessageFileBytes(data, path.Base(file)); err != nil {
			return nil, fmt.Errorf("read translations %s: %w", file, err)
		}
	}
	return &texts{lang: lang, localizer: i18n.NewLocalizer(bundle, lang)}, nil
}

// say returns a text, filled with w, each word of which keeps its direction to
// itself.
func (t *texts) say(key textKey, w ...words) string {
	c := &i18n.LocalizeConfig{MessageID: string(key)}
	if len(w) > 0 {
		apart := make(words, len(w[0]))
		for name, word := range w[0] {
			if s, ok := word.(string); ok {
				word = textflow.Isolate(s)
			}
			apart[name] = word
		}
		c.TemplateData = apart
	}
	return t.localize(c)
}

// count returns a text about n things.
func (t *texts) count(key textKey, n int) string {
	return t.localize(&i18n.LocalizeConfig{
		MessageID: string(key), PluralCount: n, TemplateData: words{"N": n},
	})
}

// localize falls back to the key: a missing text must never end the app.
func (t *texts) localize(c *i18n.LocalizeConfig) string {
	s, err := t.localizer.Localize(c)
	if err != nil && s == "" {
		return c.MessageID
	}
	return s
}

// chooseLang returns the language to speak: the first of wanted that is one of
// ours, else the system's as its environment says, else English.
func chooseLang(wanted ...string) string {
	system := []string{os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")}
	for _, w := range append(wanted, system...) {
		if w == "" {
			continue
		}
		if strings.HasPrefix(strings.ToLower(w), "zh") {
			return LangChinese
		}
		return LangEnglish
	}
	return LangEnglish
}

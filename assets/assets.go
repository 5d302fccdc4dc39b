// Package assets holds the files that the window needs, inside the binary.
package assets

import (
	"embed"
	"io/fs"
)

//go:embed icons/icon.png
var icon []byte

//go:embed icons/lock.svg icons/down.svg
var icons embed.FS

//go:embed translations/en.json translations/zh-Hans.json
var translations embed.FS

//go:embed fonts/NotoColorEmoji.ttf
var emojiFont []byte

//go:embed fonts/DroidSansFallbackFull.ttf
var cjkFont []byte

//go:embed fonts/README.md fonts/OFL-1.1.txt fonts/Apache-2.0.txt
var licences embed.FS

// FontLicences returns where the fonts come from and under which licences they
// may be passed on, for people to read.
func FontLicences() string {
	var all []byte
	for _, name := range []string{"README.md", "OFL-1.1.txt", "Apache-2.0.txt"} {
		data, err := licences.ReadFile("fonts/" + name)
		if err != nil {
			continue // cannot be: it is embedded
		}
		all = append(append(all, data...), '\n')
	}
	return string(all)
}

// EmojiFont returns a font of colour emoji, all of Unicode 15. It must not be
// written to.
func EmojiFont() []byte { return emojiFont }

// CJKFont returns a font with Chinese and Japanese letters and signs, but
// without Latin letters. It must not be written to.
func CJKFont() []byte { return cjkFont }

// AppIcon returns the app's icon as a PNG of 512 pixels.
func AppIcon() []byte { return icon }

// Icon returns a small icon as SVG in black: "lock" or "down". It is nil for
// any other name.
func Icon(name string) []byte {
	data, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil
	}
	return data
}

// Translations returns the translation files, named by their language:
// en.json, zh-Hans.json.
func Translations() fs.FS {
	files, err := fs.Sub(translations, "translations")
	if err != nil {
		return translations // cannot be: the folder is embedded
	}
	return files
}

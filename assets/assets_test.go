package assets

import (
	"bytes"
	"image/png"
	"io/fs"
	"testing"
)

func TestFiles(t *testing.T) {
	m, err := png.Decode(bytes.NewReader(AppIcon()))
	if err != nil || m.Bounds().Dx() != 512 || m.Bounds().Dy() != 512 {
		t.Errorf("the icon: %v", err)
	}
	for _, name := range []string{"lock", "down"} {
		if !bytes.Contains(Icon(name), []byte("<svg")) {
			t.Errorf("no icon %s", name)
		}
	}
	for name, font := range map[string][]byte{"emoji": EmojiFont(), "CJK": CJKFont()} {
		if !bytes.HasPrefix(font, []byte{0, 1, 0, 0}) {
			t.Errorf("the font for %s is no TrueType font", name)
		}
	}
	if Icon("none") != nil {
		t.Error("an icon that is not there")
	}
	for _, want := range []string{"NotoColorEmoji.ttf", "SIL OPEN FONT LICENSE", "Apache License"} {
		if !bytes.Contains([]byte(FontLicences()), []byte(want)) {
			t.Errorf("%q is not in the licences", want)
		}
	}
	files, err := fs.Glob(Translations(), "*")
	if err != nil || len(files) != 2 {
		t.Errorf("translations %v, %v", files, err)
	}
}

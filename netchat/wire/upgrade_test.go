package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestUpgradeRoundTrip(t *testing.T) {
	for _, u := range []Upgrade{
		{V: 1},
		{V: 1, TLS: true, Name: "教室 3.5", Host: "\"<Lí>\"\n"},
		{V: 2, Name: strings.Repeat("教", netchat.MaxRoomName/3), Host: strings.Repeat("\x01", netchat.MaxName/2)},
	} {
		if got, err := DecodeUpgrade(EncodeUpgrade(u)); err != nil || got != u {
			t.Errorf("%+v became %+v, %v", u, got, err)
		}
	}
	if got, err := DecodeUpgrade(EncodeUpgrade(Upgrade{V: 1, TLS: true, Name: "\xff"})); err != nil || !got.TLS || got.Name != "" {
		t.Errorf("a name that is no text: %+v, %v", got, err)
	}
}

func TestBadUpgrades(t *testing.T) {
	for _, value := range []string{
		"", "!", "e30", "bm8", EncodeUpgrade(Upgrade{}), EncodeUpgrade(Upgrade{V: 1, Name: strings.Repeat("x", netchat.MaxRoomName+1)}),
		EncodeUpgrade(Upgrade{V: 1, Host: strings.Repeat("x", netchat.MaxName+1)}), strings.Repeat("e", maxUpgrade+1),
	} {
		if u, err := DecodeUpgrade(value); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.40q: %+v, %v", value, u, err)
		}
	}
}

func FuzzDecodeUpgrade(f *testing.F) {
	f.Add(EncodeUpgrade(Upgrade{V: 1, TLS: true, Name: "教室", Host: "x"}))
	f.Fuzz(func(t *testing.T, value string) {
		u, err := DecodeUpgrade(value)
		if err != nil {
			return
		}
		if again, err := DecodeUpgrade(EncodeUpgrade(u)); err != nil || again != u {
			t.Errorf("%+v became %+v, %v", u, again, err)
		}
	})
}

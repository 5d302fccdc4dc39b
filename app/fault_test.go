package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
)

// TestFault: a window says why the program cannot be used, and what to do, and ends it.
func TestFault(t *testing.T) {
	for lang, want := range map[string][]string{
		LangEnglish: {"Homeroom cannot start", "/x/data", "you may not write there", "--data", "Quit"},
		LangChinese: {"无法启动", "/x/data", "没有写入权限", "--data", "退出"},
	} {
		f := test.NewTempApp(t)
		queue := newQueue()
		a, err := New(f, Deps{Now: time.Now, Do: queue.do}, Options{
			Settings: model.NewSettingsStore(""), Lang: lang, Fault: &Fault{Path: "/x/data", Err: fmt.Errorf("keys: %w", ErrForbidden)},
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Show()
		b := &bench{t: t, app: a, queue: queue}
		seen := strings.Join(b.seen(), "\n")
		for _, part := range want {
			if !strings.Contains(seen, part) {
				t.Errorf("%s: no %q on the window: %s", lang, part, seen)
			}
		}
		test.Tap(a.screen.(*faultScreen).quit)
		if !a.closing {
			t.Error("it goes on")
		}
		a.Close()
	}
}

func TestExplain(t *testing.T) {
	if s, ok := Explain(LangEnglish, fmt.Errorf("x: %w", ErrNoScreen)); !ok || !strings.Contains(s, "homeroom-cli") {
		t.Error(s, ok)
	}
	if s, ok := Explain(LangChinese, ErrNoGraphics); !ok || !strings.Contains(s, "homeroom-cli") || !strings.Contains(s, "屏幕") {
		t.Error(s, ok)
	}
	if s, ok := Explain("", context.Canceled); ok {
		t.Error(s)
	}
}

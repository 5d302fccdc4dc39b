package app

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestCaret: one sees where one writes, and nothing of the border that Fyne
// draws around a field.
func TestCaret(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f, pill := r.write.field, r.write.pill
	test.Type(f, "hello")
	driver := fyne.CurrentApp().Driver()
	var carets int
	walk(f, func(o fyne.CanvasObject) {
		drawn, ok := o.(*canvas.Rectangle)
		if !ok {
			return
		}
		if drawn.StrokeWidth > 0 && drawn.CornerRadius > 0 {
			t.Errorf("a border with round corners, which are not cut off: %+v", drawn)
		}
		if drawn.Size().Width != caretWidth {
			return
		}
		carets++
		at, around := driver.AbsolutePositionForObject(drawn), driver.AbsolutePositionForObject(pill)
		if at.X < around.X || at.Y < around.Y || at.Y+drawn.Size().Height > around.Y+pill.Size().Height {
			t.Errorf("the caret is at %v, the field from %v on, %v", at, around, pill.Size())
		}
	})
	if carets != 1 {
		t.Errorf("%d carets", carets)
	}
}

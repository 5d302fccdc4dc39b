package app

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
)

// spoken returns what to read out for an object, and as what; no role if that
// is up to the objects in it.
func spoken(o fyne.CanvasObject) (string, fyne.AccessibleRole) {
	switch o := o.(type) {
	case *canvas.Text:
		return o.Text, fyne.AccessibleRoleText
	case *field:
		return o.AccessibilityLabel(), fyne.AccessibleRoleText
	case *widget.Entry:
		return entryText(o), fyne.AccessibleRoleText
	case *widget.Select:
		return o.Selected, fyne.AccessibleRoleButton
	case *fyne.Container:
		return "", ""
	case fyne.Accessible:
		return o.AccessibilityLabel(), o.AccessibilityRole()
	}
	return "", ""
}

// isField reports whether o is a field to write in, which a name goes before.
func isField(o fyne.CanvasObject) bool {
	switch o.(type) {
	case *widget.Entry, *lineEntry, *nameEntry, *lobbyField, *personFilter:
		return true
	}
	return false
}

// entryText returns what is in a field, or else what the field says should be.
func entryText(e *widget.Entry) string {
	if e.Text != "" {
		return e.Text
	}
	return e.PlaceHolder
}

// AccessibilityLabel implements fyne.Accessible.
func (e *lineEntry) AccessibilityLabel() string { return entryText(&e.Entry) }

// AccessibilityRole implements fyne.Accessible.
func (e *lineEntry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel implements fyne.Accessible: to whom it goes, and what is
// written.
func (f *field) AccessibilityLabel() string {
	k, to := f.c.kit, f.c.to
	name := k.say(textFieldAll)
	if to.Private() {
		name = k.say(textFieldPrivate, words{"Name": to.Name})
	}
	if f.Text == "" {
		return name
	}
	return name + ": " + f.Text
}

// AccessibilityRole implements fyne.Accessible.
func (f *field) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel implements fyne.Accessible.
func (p *paragraph) AccessibilityLabel() string { return p.text }

// AccessibilityRole implements fyne.Accessible.
func (p *paragraph) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel implements fyne.Accessible.
func (l *label) AccessibilityLabel() string { return l.text }

// AccessibilityRole implements fyne.Accessible.
func (l *label) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel implements fyne.Accessible: all that the row shows, and
// whether messages go to that person.
func (r *personRow) AccessibilityLabel() string {
	k, p := r.kit, r.person
	parts := []string{model.DisplayName(p.Name, p.Label), r.under()}
	if p.Host {
		parts = append(parts, k.say(textHostMark))
	}
	if p.Self {
		parts = append(parts, k.say(textYou))
	}
	if p.Draft {
		parts = append(parts, k.say(textDraft))
	}
	if r.chosen {
		parts = append(parts, k.say(textSelected))
	}
	return strings.Join(parts, ", ")
}

// AccessibilityRole implements fyne.Accessible.
func (r *personRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (l *personList) shows() []fyne.CanvasObject { return []fyne.CanvasObject{l.box} }

// tell reads out the messages that are on the screen, each with what a press on
// its name does.
func (t *timeline) tell(k *kit) []voice {
	voices := make([]voice, 0, len(t.shown))
	for _, b := range t.shown {
		v := voice{name: k.lineAloud(b.line), role: fyne.AccessibleRoleText}
		v.pos, v.size = fyne.NewPos(0, b.y), fyne.NewSize(b.width, b.height)
		voices = append(voices, v)
		if i := slices.IndexFunc(b.regions, func(r region) bool { return r.what.person() }); i >= 0 {
			r := b.regions[i]
			v = voice{name: k.say(textWriteToPerson, words{"Name": partnerAloud(b.line)}), role: fyne.AccessibleRoleButton}
			v.pos, v.size = fyne.NewPos(r.pos.X, b.y+r.pos.Y), r.size
			voices = append(voices, v)
		}
	}
	slices.SortStableFunc(voices, func(a, b voice) int { return cmp.Compare(a.pos.Y, b.pos.Y) })
	return voices
}

// partnerAloud returns what to call whom a private answer to a line goes to.
func partnerAloud(l *model.Line) string {
	if l.Own {
		return l.Peer
	}
	return authorAloud(l)
}

func authorAloud(l *model.Line) string {
	who := model.DisplayName(l.Message.Name, l.Message.Author.Label())
	if l.Mark != "" {
		who += " #" + l.Mark
	}
	return who
}

// lineAloud says a line of the timeline: who, when, to whom, what became of
// it, and what was said.
func (k *kit) lineAloud(l *model.Line) string {
	if l.Kind == model.LineSystem {
		return k.clock(l.Time()) + ", " + k.systemLine(&l.System)
	}
	parts := []string{authorAloud(l), k.clock(l.Time())}
	if l.Private() {
		key := textFrom
		if l.Own {
			key = textTo
		}
		parts = append(parts, k.say(textPrivate), k.say(key, words{"Name": l.Peer}))
	}
	switch l.State {
	case model.LineWaiting:
		parts = append(parts, k.say(textUnsentYet))
	case model.LineFailed:
		parts = append(parts, k.failure(l.Failure))
	}
	return strings.Join(parts, ", ") + ": " + l.Message.Text
}

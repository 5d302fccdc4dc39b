package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestPlainFramesAreExact: the original clients get exactly these keys, all of
// them strings, and no other.
func TestPlainFramesAreExact(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.Local)
	members := []netchat.Member{
		{ID: "unseen", Label: "bf0c711b", Name: "张飞", Keyed: true, Host: true, Rich: true, Presence: netchat.Present},
		{Label: "4be9b4df", Name: ""},
	}
	for want, frame := range map[string][]byte{
		`{"type":"user_list","users":[]}`: EncodeUserList(nil),
		`{"type":"user_list","users":[{"client_id":"bf0c711b","username":"张飞"},{"client_id":"4be9b4df","username":""}]}`: EncodeUserList(members),
		`{"type":"system","content":"张飞 进入聊天室","timestamp":"2026-01-02 03:04:05"}`:                                       EncodeSystem(SystemJoined("张飞"), at),
		`{"type":"system","content":"张飞 已离开","timestamp":"2026-01-02 03:04:05"}`:                                         EncodeSystem(SystemLeft("张飞"), at.UTC()),
		`{"type":"public","from":"bf0c711b","sender_name":"张飞","content":"hi","timestamp":"2026-01-02 03:04:05"}`:        EncodePublic("bf0c711b", "张飞", "hi", at),
		`{"type":"private","from":"bf0c711b","to":"4be9b4df","sender_name":"张飞","content":"","timestamp":"2026-01-02 03:04:05"}`: EncodePrivate(
			"bf0c711b", "4be9b4df", "张飞", "", at.In(time.FixedZone("far", 14*3600))),
	} {
		if string(frame) != want {
			t.Errorf("%s, want\n%s", frame, want)
		}
	}
	if row := AppendUserRow([]byte("x"), members[0]); string(row) != `x{"client_id":"bf0c711b","username":"张飞"}` {
		t.Errorf("row %s", row)
	}
}

// texts that have been trouble somewhere.
func texts() []string {
	return []string{
		"", " ", "\n", "a\r\n\tb", "\x00", "\x00\x01\x1f\x7f\u0080", "\u2028\u2029", "\ufeff", "\ufffd", "\uffff", "\U0010ffff",
		`"\/`, `</script>&'`, `\u0041`, `\`, "😀👩‍👩‍👧‍👦🇨🇳", "张飞\u202e", strings.Repeat("\x00", netchat.MaxText), strings.Repeat("字", netchat.MaxText/3),
		strings.Repeat("😀", netchat.MaxText/4), strings.Repeat(`"`, netchat.MaxText),
	}
}

// TestContentArrivesUnchanged goes from a client through a host to a client,
// in both dialects, and to a reader that is not ours.
func TestContentArrivesUnchanged(t *testing.T) {
	for _, text := range texts() {
		sent, err := EncodePlain(PlainCommand{Private: true, To: text, Content: text})
		if err != nil || len(sent) > netchat.MaxFrame*2 {
			t.Fatalf("%.20q: %d bytes, %v", text, len(sent), err)
		}
		got, err := DecodePlain(sent)
		if err != nil || got.Content != text || got.To != text {
			t.Errorf("%.20q comes in as %.20q, %v", text, got.Content, err)
		}
		frame := EncodePrivate("bf0c711b", "4be9b4df", text, text, time.Now())
		var theirs map[string]string
		if err := json.Unmarshal(frame, &theirs); err != nil || theirs["content"] != text || theirs["sender_name"] != text || len(theirs) != 6 {
			t.Errorf("%.20q goes out as %.20q, %v", text, theirs["content"], err)
		}
		rich, err := EncodeCommand(Command{Type: TypeMessage, Text: text})
		if err != nil || len(rich) > netchat.MaxFrame {
			t.Fatalf("%.20q: %d bytes, %v", text, len(rich), err)
		}
		if c, err := DecodeCommand(rich); err != nil || c.Text != text {
			t.Errorf("%.20q comes in as %.20q, %v", text, c.Text, err)
		}
	}
}

// TestBadTextIsMended: a name from a command line may be no UTF-8. It must not
// make a frame that a strict reader refuses.
func TestBadTextIsMended(t *testing.T) {
	for _, bad := range []string{"\xff", "a\xed\xa0\x80b", "\xc0\xaf", "字"[:2]} {
		frame := EncodePublic(netchat.Label(bad), bad, bad, time.Now())
		if f, err := DecodePlainFrame(frame); err != nil || !utf8.Valid(frame) || !strings.Contains(f.Content, "\ufffd") {
			t.Errorf("%q: %q, %v", bad, frame, err)
		}
	}
}

// TestOriginalPrograms reads frames as the original programs write them.
func TestOriginalPrograms(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  PlainCommand
	}{
		"python":      {`{"type": "private", "to": "bf0c711b", "content": "\u4f60\u597d \ud83d\ude00"}`, PlainCommand{Private: true, To: "bf0c711b", Content: "你好 😀"}},
		"angular":     {`{"type":"public","content":"你好\u2028"}`, PlainCommand{Content: "你好\u2028"}},
		"kotlin":      {`{"to":"张飞","content":"http:\/\/x","type":"private"}`, PlainCommand{Private: true, To: "张飞", Content: "http://x"}},
		"other type":  {`{"type":"shout","content":"x"}`, PlainCommand{Content: "x"}},
		"no type":     {`{"content":""}`, PlainCommand{}},
		"claims":      {`{"type":"public","from":"x","sender_name":"boss","timestamp":"never","content":"x"}`, PlainCommand{Content: "x"}},
		"empty":       {`{}`, PlainCommand{Void: true}},
		"first again": {`{"username":"x"}`, PlainCommand{Void: true}},
	} {
		if got, err := DecodePlain([]byte(c.frame)); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for frame, want := range map[string]Hello{
		`{"username": "\u5f20\u98de"}`:              {Name: "张飞", HasName: true},
		`{"type":"join","username":"用户1234"}`:       {Name: "用户1234", HasName: true},
		`{"name":"x","USERNAME":"y","homeRoom":{}}`: {},
	} {
		if got, err := DecodeHello([]byte(frame)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", frame, got, err)
		}
	}
}

// TestMeantForOne reads frames that name a recipient without being private, or say
// nothing: none of them may be taken for a message to all.
func TestMeantForOne(t *testing.T) {
	for _, frame := range []string{
		`{"type":"PRIVATE","to":"bf0c711b","content":"s"}`, `{"type":"pm","to":"bf0c711b","content":"s"}`,
		`{"type":"private ","to":"bf0c711b","content":"s"}`, `{"to":"bf0c711b","content":"s"}`,
		`{"type":"public","to":"bf0c711b","content":"s"}`, `{"type":"public","to":"","content":"s"}`,
		`{"type":"pm","To":"bf0c711b","content":"s"}`, `{"type":"pm","TO":["bf0c711b"],"content":"s"}`,
		`{"content":"s","tO":null}`, `{"type":"ping"}`, `{"type":"public"}`, `{"type":"public","CONTENT":"s"}`,
		`{"type":"private","to":"bf0c711b"}`,
	} {
		if c, err := DecodePlain([]byte(frame)); err != nil || !c.Void {
			t.Errorf("%s: %+v, %v", frame, c, err)
		}
	}
	for _, frame := range []string{
		`{"type":"message","id":"0123456789abcdef0123456789abcdef","To":["x"],"text":"s"}`,
		`{"type":"message","id":"0123456789abcdef0123456789abcdef","TO":"x","text":"s"}`,
		`{"type":"message","id":"0123456789abcdef0123456789abcdef","to":[],"text":"s"}`,
	} {
		if c, err := DecodeCommand([]byte(frame)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, %v", frame, c, err)
		}
	}
}

// TestOriginalServer reads what the original server sends, which passes on what
// clients put into their frames.
func TestOriginalServer(t *testing.T) {
	f, err := DecodePlainFrame([]byte(`{"type": "user_list", "users": [{"client_id": "bf0c711b", "username": "\u5f20\u98de"}, ` +
		`{"client_id": "1", "username": null}, {"client_id": "2", "username": 5}, {"client_id": "3", "username": {"a": [null]}}, {"client_id": "4", "username": "\ud83dx"}]}`))
	want := []PlainUser{{"bf0c711b", "张飞"}, {"1", ""}, {"2", "5"}, {"3", `{"a": [null]}`}, {"4", "\ufffdx"}}
	if err != nil || !slices.Equal(f.Users, want) {
		t.Errorf("%q, %v", f.Users, err)
	}
	f, err = DecodePlainFrame([]byte(`{"type": "public", "from": "1", "sender_name": null, "content": true, "timestamp": "yesterday"}`))
	if err != nil || f.SenderName != "" || f.Content != "true" || !f.Time.IsZero() {
		t.Errorf("%+v, %v", f, err)
	}
	for _, bad := range []string{`{"type": "public", "content": NaN}`, `{"content": "x"}`, `{"type": null}`, `{}`} {
		if f, err = DecodePlainFrame([]byte(bad)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s is read as %+v, %v", bad, f, err)
		}
	}
}

// TestAnyEncoder writes commands as all kinds of encoders do.
func TestAnyEncoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := PlainCommand{Private: rapid.Bool().Draw(t, "private"), To: rapid.String().Draw(t, "to"), Content: rapid.String().Draw(t, "content")}
		kind := "public"
		if want.Private {
			kind = "private"
		}
		want.Void = !want.Private // it has a recipient
		escaped := rapid.Custom(func(t *rapid.T) func(string) string {
			how := rapid.IntRange(0, 2).Draw(t, "how")
			return func(s string) string { return quote(s, how) }
		})
		members := make([]string, 0, 4)
		for key, value := range map[string]string{"type": kind, "to": want.To, "content": want.Content, "x": "y"} {
			members = append(members, escaped.Draw(t, "key")(key)+space(t)+":"+space(t)+escaped.Draw(t, "value")(value)+space(t))
		}
		slices.Sort(members)
		frame := space(t) + "{" + space(t) + strings.Join(rapid.Permutation(members).Draw(t, "order"), ","+space(t)) + "}" + space(t)
		if got, err := DecodePlain([]byte(frame)); err != nil || got != want {
			t.Fatalf("%q: %+v, %v", frame, got, err)
		}
	})
}

func space(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", " ", "\n\t", "\r\n"}).Draw(t, "space")
}

// quote writes s as a JSON string: how 0 escapes all, 1 as for HTML, 2 little.
func quote(s string, how int) string {
	var out bytes.Buffer
	switch how {
	case 0:
		out.WriteByte('"')
		for _, unit := range utf16.Encode([]rune(s)) {
			out.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				out.WriteByte("0123456789abcdefABCDEF"[unit>>shift&0xf])
			}
		}
		out.WriteByte('"')
	case 1:
		enc := json.NewEncoder(&out)
		_ = enc.Encode(s)
	default:
		quoted, _ := jsontext.AppendQuote(nil, s)
		out.Write(quoted)
	}
	return strings.TrimSpace(out.String())
}

// TestWorstFramesFit: the limits in netchat promise it.
func TestWorstFramesFit(t *testing.T) {
	name := strings.Repeat("\x00", netchat.MaxName)
	id := netchat.MemberID(strings.Repeat("f", 32))
	worst := FromMember(netchat.Member{ID: id, Label: "ffffffff", Name: name, Keyed: true, Host: true, Rich: true, Presence: netchat.Reconnecting})
	position := &Position{Epoch: "4294967295-ffffffffffffffff", Seq: 1<<64 - 1, Mark: "ffffffffffffffff"}

	frame, err := EncodeHello(name, RichHello{V: Version, Key: make([]byte, 32), Resume: position})
	if err != nil || len(frame) > netchat.MaxFirstFrame {
		t.Errorf("hello: %d bytes, %v", len(frame), err)
	}
	text := strings.Repeat("\x00", netchat.MaxText)
	to := slices.Repeat([]netchat.MemberID{id}, netchat.MaxRecipients)
	frame, err = EncodeCommand(Command{Type: TypeMessage, ID: netchat.EventID(id), To: to, Text: text})
	if err != nil || len(frame) > netchat.MaxFrame {
		t.Errorf("message: %d bytes, %v", len(frame), err)
	}
	members := slices.Repeat([]Member{worst}, netchat.MaxMembers)
	roster := &Roster{Version: 1<<64 - 1, Members: members}
	welcome := Welcome{V: Version, Room: &Room{Name: name, Host: name}, Self: &worst, Types: CommandTypes(), Position: position, Recovered: true}
	for kind, f := range map[string]ServerFrame{
		"welcome": {Type: TypeWelcome, Welcome: welcome, Roster: roster},
		"delta":   {Type: TypeRosterDelta, Delta: &RosterDelta{Version: 1<<64 - 1, Joined: members}},
		"page": {Type: TypePage, Messages: slices.Repeat([]Message{{
			Epoch: position.Epoch, Seq: position.Seq, Rev: position.Seq, ID: netchat.EventID(id), Kind: netchat.KindMessage, Author: id, Name: name,
			Ref: Ref{id, netchat.EventID(id)}, Audience: Audience(netchat.ToMembers(to...)), Mark: position.Mark,
			Text: text[:netchat.SnapshotBytes/netchat.SnapshotMessages],
		}}, netchat.MaxPageMessages)},
	} {
		frame, err := EncodeServer(f)
		if err != nil || len(frame) > netchat.MaxServerFrame {
			t.Errorf("%s: %d bytes, %v", kind, len(frame), err)
		}
	}
}

package app

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// Characters that fields of the lobby take at most.
const (
	maxTypedAddress = 300
	maxTypedPort    = 8
)

// lobbyForms are the fields of the lobby and what is typed in them.
type lobbyForms struct {
	lobby               *lobbyScreen
	address, room, port string
	more                bool // the options of hosting are shown
	appOnly             bool

	addr, hostName, hostPort *lobbyField
	submits                  []*lobbyButton // pressed when a form is complete
}

func (f *lobbyForms) hostCard(k *kit) fyne.CanvasObject {
	s := f.lobby
	usual, _ := usualRoom(s.app)
	f.hostName = newLobbyField(s, usual, netchat.MaxTypedName, &f.room)
	f.hostPort = newLobbyField(s, strconv.Itoa(netchat.DefaultPort), maxTypedPort, &f.port)
	f.hostName.OnSubmitted = func(string) { f.hostTyped() }
	f.hostPort.OnSubmitted = f.hostName.OnSubmitted
	submit := newLobbyButton(s, k.say(textHost), nil, f.hostTyped).main()
	f.submits = []*lobbyButton{submit}

	options := f.hostOptions(k)
	setVisible(options, f.more)
	at := linkPlace{
		keys: s.typed,
		over: func(*desktop.MouseEvent) {}, out: func() {}, ripe: func() bool { return true },
	}
	more := newLink(k, at, k.say(textHostOptions), nil)
	setVisible(more, !f.more)
	more.pressed = func() {
		f.more = true
		more.Hide()
		options.Show()
		s.relayout()
		s.app.win.Canvas().Focus(f.hostPort)
	}
	return newCard(k,
		newLabel(k.bodyBold, k.text, k.say(textHostTitle), 300),
		newParagraph(k.small, k.muted, k.say(textHostExplain)),
		withWheel(s, k, f.hostName, k.say(textRoomName)), options, submit, container.New(inset{left: -linkPad}, container.New(atLeft{}, more)))
}

// hostOptions are what few who host have to choose: the port, and who is let in.
func (f *lobbyForms) hostOptions(k *kit) fyne.CanvasObject {
	s := f.lobby
	port := container.New(column{4}, container.New(row{gap: 10, grow: 1},
		newLabel(k.head, k.muted, k.say(textPort), 200), withWheel(s, k, f.hostPort, k.say(textPort))),
		newParagraph(k.small, k.muted, k.say(textPortExplain, words{"Port": netchat.DefaultPort})))
	only := newLobbyCheck(s, k.say(textAppOnly), &f.appOnly)
	return container.New(column{8}, port,
		container.New(column{4}, only, newParagraph(k.small, k.muted, k.say(textAppOnlyExplain))))
}

// hostTyped opens the room that is typed.
func (f *lobbyForms) hostTyped() {
	s := f.lobby
	port, err := model.ParsePort(f.port)
	if err != nil {
		s.tell(notice{sentence: s.app.kit.sentence(err), fault: true})
		s.app.win.Canvas().Focus(f.hostPort)
		return
	}
	r := HostRequest{Room: f.room, AppOnly: f.appOnly}
	if port != "" {
		r.Listen = ":" + port
	}
	s.host(r)
}

func (f *lobbyForms) addrCard(k *kit) fyne.CanvasObject {
	s := f.lobby
	f.addr = newLobbyField(s, k.say(textAddrHint), maxTypedAddress, &f.address)
	join := func() {
		if target := strings.TrimSpace(f.address); target != "" {
			s.join(JoinRequest{Target: target}, target)
		} else {
			s.app.win.Canvas().Focus(f.addr)
		}
	}
	f.addr.OnSubmitted = func(string) { join() }
	submit := newLobbyButton(s, k.say(textJoin), nil, join)
	f.submits = append(f.submits, submit)
	return newCard(k,
		newLabel(k.bodyBold, k.text, k.say(textAddrTitle), 300),
		newParagraph(k.small, k.muted, k.say(textAddrExplain)),
		withWheel(s, k, f.addr, k.say(textAddrTitle)), submit)
}

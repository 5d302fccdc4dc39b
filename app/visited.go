package app

import (
	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// remembered returns the rooms of before that can be asked for.
func remembered(a *App) []netchat.Advert {
	var all []netchat.Advert
	for _, v := range a.opts.Visited.All() {
		if ad, ok := v.Advert(); ok {
			all = append(all, ad)
		}
	}
	return all
}

// noteVisit keeps that one is in a room, of which room is what is known.
func noteVisit(a *App, in *membership, room netchat.RoomInfo) {
	v := model.Visit{Room: room, Addrs: in.addrs, Last: a.deps.Now()}
	if in.hosted != nil {
		v.Addrs, v.Mine, v.Listen, v.Named = in.hosted.Addrs(), true, in.listen, in.named
	}
	if err := a.opts.Visited.Note(v); err != nil {
		a.log.Warn("the room is not remembered", "err", err)
	}
}

// usualRoom returns the name of a room to open unless another is typed: the
// one typed last time, or one made of one's own name.
func usualRoom(a *App) (name string, named bool) {
	for _, v := range a.opts.Visited.All() {
		if v.Mine && v.Named {
			return v.Room.Name, true
		}
	}
	own := a.kit.say(textRoomOf, words{"Name": model.DisplayName(a.settings.Name, "")})
	return model.DisplayName(own, ""), false // without marks of direction
}

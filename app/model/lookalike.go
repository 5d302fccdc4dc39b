package model

import "github.com/homeroomchat/homeroom/internal/likeness"

// maxLikenesses bounds the likenesses kept of names besides those in the room.
const maxLikenesses = 1_000

// likenesses remembers what names look like: the roster is gone through at
// each change of it.
type likenesses map[string]string

// of is likeness.Of of the name as it is shown.
func (c *likenesses) of(name string) string {
	if like, ok := (*c)[name]; ok {
		return like
	}
	like := likenessOf(name)
	if *c == nil {
		*c = make(likenesses)
	}
	(*c)[name] = like
	return like
}

// prune forgets all names but those of a room with so many members, once there
// are many others.
func (c *likenesses) prune(members int) {
	if len(*c) > members+maxLikenesses {
		*c = nil
	}
}

func likenessOf(name string) string { return likeness.Of(DisplayName(name, "")) }

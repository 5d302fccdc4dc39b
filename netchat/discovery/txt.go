package discovery

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of an announcement's TXT strings.
const (
	maxTextString  = 200 // bytes of one that we send; DNS allows 255
	maxTextStrings = 16  // of one that we read
	maxNameParts   = 2   // strings that the room's name is spread over: MaxRoomName fits
)

// textVersion is the version of the TXT strings that this package writes and
// reads.
const textVersion = "1"

// The keys of the TXT strings. A name that needs more than one string goes on
// under keyName followed by 2.
const (
	keyVersion = "v"
	keyID      = "id"
	keyName    = "n"
	keyTLS     = "tls"
)

// speaksTLS is the value of keyTLS. Whoever reads it only knows whom to ask
// about: it can be left out or added by anybody.
const speaksTLS = "1"

// instancePrefix and the room's id make the instance and the host name: names
// that no other room has, whatever people call theirs.
const instancePrefix = "hr-"

var errText = errors.New("not the announcement of a room")

// encodeText returns the TXT strings that announce a room, with TLS: what this
// package announces has it. The room's name is
// in base64url: multicast DNS libraries disagree on how to escape anything
// else. The caller has checked the lengths.
func encodeText(room netchat.RoomInfo) []string {
	text := []string{keyVersion + "=" + textVersion, keyID + "=" + string(room.ID), keyTLS + "=" + speaksTLS}
	rest := base64.RawURLEncoding.EncodeToString([]byte(room.Name))
	for part := 1; rest != "" && part <= maxNameParts; part++ {
		prefix := nameKey(part) + "="
		n := min(len(rest), maxTextString-len(prefix))
		text = append(text, prefix+rest[:n])
		rest = rest[n:]
	}
	return text
}

func nameKey(part int) string {
	if part == 1 {
		return keyName
	}
	return keyName + strconv.Itoa(part)
}

// decodeText reads TXT strings as received. The Advert has the room's id and
// name and TLS, and all of it is hearsay: the name is told by the room's own
// answer to a Hello, and who is who by its key.
func decodeText(text []string) (netchat.Advert, error) {
	if len(text) > maxTextStrings {
		return netchat.Advert{}, fmt.Errorf("%w: %d strings", errText, len(text))
	}
	values := make(map[string]string, len(text))
	for _, s := range text {
		key, value, _ := strings.Cut(unescape(s), "=")
		if _, twice := values[key]; !twice { // the first one counts, RFC 6763 section 6.4
			values[key] = value
		}
	}
	if values[keyVersion] != textVersion {
		return netchat.Advert{}, fmt.Errorf("%w: version %q", errText, values[keyVersion])
	}
	id := netchat.RoomID(values[keyID])
	if !id.Valid() {
		return netchat.Advert{}, fmt.Errorf("%w: id %q", errText, id)
	}
	var encoded strings.Builder
	for part := 1; part <= maxNameParts; part++ {
		encoded.WriteString(values[nameKey(part)])
	}
	name, err := base64.RawURLEncoding.DecodeString(encoded.String())
	if err != nil {
		return netchat.Advert{}, fmt.Errorf("%w: name: %w", errText, err)
	}
	if len(name) > netchat.MaxRoomName || !utf8.Valid(name) {
		return netchat.Advert{}, fmt.Errorf("%w: name of %d bytes", errText, len(name))
	}
	return netchat.Advert{Room: netchat.RoomInfo{ID: id, Name: string(name)}, TLS: values[keyTLS] == speaksTLS}, nil
}

// unescape undoes the escapes of DNS presentation form: \DDD is the byte of
// that decimal number, and \ before anything else is that. A backslash that
// ends the string stays.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if n, ok := decimalByte(s[i+1:]); ok {
			out = append(out, n)
			i += 3
			continue
		}
		i++
		out = append(out, s[i])
	}
	return string(out)
}

// decimalByte reads three decimal digits at the start of s.
func decimalByte(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for i := range 3 {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return byte(n), n <= 255
}

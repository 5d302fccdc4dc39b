package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of one Hello.
const (
	HelloTimeout   = 2 * time.Second // from dialing to the last byte
	maxHelloBytes  = 8 << 10         // of the answer: the longest names as \u00XX fit
	maxHelloHeader = 4 << 10         // bytes of its headers
)

// HelloPath is where a host answers a Hello.
const HelloPath = "/hello"

// Hello asks the host at addr ("host:port"; an IPv6 link-local address with its
// zone) what room it has. It takes at most HelloTimeout, never uses a proxy and
// follows no redirect. The Advert has addr as its one address. Its errors wrap
// netchat.ErrUnreached if nothing answered and netchat.ErrNotARoom if something
// else did. The question is plain HTTP and the answer unproven: anybody may ask
// it, and anybody on the way may change it. Any goroutine may call it.
func Hello(ctx context.Context, addr string) (netchat.Advert, error) {
	ctx, cancel := context.WithTimeout(ctx, HelloTimeout)
	defer cancel()
	body, err := fetchHello(ctx, addr)
	if err != nil {
		return netchat.Advert{}, fmt.Errorf("hello to %s: %w", addr, err)
	}
	advert, err := decodeHello(body)
	if err != nil {
		return netchat.Advert{}, fmt.Errorf("hello to %s: %w", addr, err)
	}
	advert.Addrs = []string{addr}
	return advert, nil
}

func fetchHello(ctx context.Context, addr string) ([]byte, error) {
	if err := checkAddr(addr); err != nil {
		return nil, fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	transport := newTransport()
	defer transport.CloseIdleConnections()
	// URL is filled in by hand because a zone (fe80::1%eth0) must not be
	// parsed as an escape.
	request := (&http.Request{
		Method: http.MethodGet,
		URL:    &url.URL{Scheme: "http", Host: addr, Path: HelloPath},
		Header: http.Header{"Accept": {"application/json"}},
	}).WithContext(ctx)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, classify(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", netchat.ErrNotARoom, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHelloBytes+1))
	if err != nil {
		return nil, classify(err)
	}
	if len(body) > maxHelloBytes {
		return nil, fmt.Errorf("%w: an answer of over %d bytes", netchat.ErrNotARoom, maxHelloBytes)
	}
	return body, nil
}

// newTransport returns a transport for one request: hosts come and go, and
// nothing is to be left open. It has no Proxy: those of the environment are for
// the internet, not for the machine across the room.
func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{KeepAlive: -1}).DialContext,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHelloHeader,
	}
}

// classify tells a network that did not carry the question from an answer that
// is no HTTP.
func classify(err error) error {
	var netErr net.Error
	if errors.As(err, &netErr) || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	return fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
}

// checkAddr keeps what is no "host:port" out of a URL.
func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("address: port %q", port)
	}
	if host == "" || !utf8.ValidString(host) || strings.ContainsAny(host, "/?#@\\ \t\r\n\"<>") {
		return fmt.Errorf("address: host %q", host)
	}
	return nil
}

// decodeHello reads the body of a host's answer. Keys that it does not know are
// ignored: later hosts tell more.
func decodeHello(body []byte) (netchat.Advert, error) {
	var answer struct {
		Homeroom int            `json:"homeroom"`
		RoomID   netchat.RoomID `json:"room_id"`
		Name     string         `json:"name"`
		Host     string         `json:"host"`
		Members  *int           `json:"members"`
		Rich     bool           `json:"rich"`
		TLS      bool           `json:"tls"`
		AppOnly  bool           `json:"app_only"`
		Code     jsontext.Value `json:"code"`
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return netchat.Advert{}, fmt.Errorf("%w: no JSON object", netchat.ErrNotARoom)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return netchat.Advert{}, fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
	}
	members := -1
	if answer.Members != nil {
		members = *answer.Members
	}
	switch {
	case answer.Homeroom < 1:
		return netchat.Advert{}, fmt.Errorf("%w: version %d", netchat.ErrNotARoom, answer.Homeroom)
	case !answer.RoomID.Valid():
		return netchat.Advert{}, fmt.Errorf("%w: room id %q", netchat.ErrNotARoom, answer.RoomID)
	case len(answer.Name) > netchat.MaxRoomName, len(answer.Host) > netchat.MaxName:
		return netchat.Advert{}, fmt.Errorf("%w: a name over its limit", netchat.ErrNotARoom)
	case members < -1, members > netchat.MaxMembers:
		return netchat.Advert{}, fmt.Errorf("%w: %d members", netchat.ErrNotARoom, members)
	}
	return netchat.Advert{
		Room:    netchat.RoomInfo{ID: answer.RoomID, Name: answer.Name, Host: answer.Host, AppOnly: answer.AppOnly},
		Members: members,
		Rich:    answer.Rich,
		TLS:     answer.TLS,
		Code:    claimedCode(answer.Code),
	}, nil
}

// claimedCode reads the code that a host says to have. One that is none is left
// out, as if nothing had been said: it tells only whom to try first.
func claimedCode(claim jsontext.Value) netchat.RoomCode {
	var code netchat.RoomCode
	if json.Unmarshal(claim, &code) != nil || !code.Valid() {
		return ""
	}
	return code
}

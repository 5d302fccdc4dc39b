package server

import (
	"crypto/ed25519"
	"errors"
	"io"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// join checks what the first frame claims and takes a seat.
func (s *session) join(hello wire.Hello) error {
	entrant := room.Entrant{
		Name: hello.Name, HasName: hello.HasName, Host: s.route.inProcess, TLS: s.route.tls || s.route.inProcess, Sink: s.member, Source: s.route.share,
	}
	if hello.Rich != nil {
		s.rich, entrant.Rich = true, true
		key, err := provenKey(s, hello.Rich.Key)
		if err != nil {
			return err
		}
		if key != nil {
			entrant.ID = netchat.MemberIDFromKey(key)
		}
		if p := hello.Rich.Resume; p != nil {
			entrant.Resume = &netchat.Position{Epoch: p.Epoch, Seq: p.Seq, Mark: p.Mark}
		}
	}
	s.srv.desk.post(func() { s.member.take(entrant) })
	return nil
}

var (
	errProof = errors.New("the device key is not proved")
	errEnded = errors.New("it was ended before it spoke")
)

// provenKey returns the device key that is proved to be the client's, nil for
// none. claimed is what its first frame says; TLS may have proved it already. Over
// TLS nothing else proves it: whoever has a key shows it as its certificate there,
// and a signature could be one that somebody was lured to give on a plain socket.
func provenKey(s *session, claimed ed25519.PublicKey) (ed25519.PublicKey, error) {
	switch proved := s.route.key; {
	case proved == nil && claimed == nil:
		return nil, nil
	case proved == nil && s.route.tls:
		return nil, errProof
	case proved == nil:
		return claimed, s.challenge(claimed)
	case claimed != nil && !proved.Equal(claimed):
		return nil, errProof
	default:
		return proved, nil
	}
}

// challenge has the client prove that the key is its own.
func (s *session) challenge(key ed25519.PublicKey) error {
	nonce := make([]byte, wire.NonceSize)
	if _, err := io.ReadFull(s.srv.cfg.Random, nonce); err != nil {
		return err
	}
	roomID := s.srv.cfg.Room.ID
	s.out.push(encode(s.log, wire.ServerFrame{Type: wire.TypeChallenge, Nonce: nonce, RoomID: roomID}), noLimit)
	if err := s.conn.SetReadDeadline(time.Now().Add(proofTimeout)); err != nil {
		return err
	}
	frame, err := s.conn.Read()
	if err != nil {
		return err
	}
	proof, err := wire.DecodeCommand(frame)
	if err != nil {
		return err
	}
	if proof.Type != wire.TypeProof || !ed25519.Verify(key, wire.ProofMessage(roomID, nonce), proof.Sig) {
		return errProof
	}
	return nil
}

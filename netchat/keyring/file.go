package keyring

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

const (
	// pemType heads a key file. Its content is the seed and the public key that
	// belongs to it, so that no change of one alone stays unseen.
	pemType = "HOMEROOM ED25519 KEY"

	// maxKeyFile bounds what is read of a key file, in bytes.
	maxKeyFile = 4 << 10
)

// A DamagedError says that a key file isn't as it was made. It is left as it
// is: a new key would be another identity, which is for a person to decide.
type DamagedError struct {
	Path string
	Err  error // what is wrong with it
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the key file %s is damaged: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong.
func (e *DamagedError) Unwrap() error { return e.Err }

// A LostError says that there is no key where there was one: what was made with it is
// still there. None is made, because that would be another identity.
type LostError struct {
	Path string
	Room bool // it is a room's; otherwise the device's
}

func (e *LostError) Error() string { return fmt.Sprintf("the key file %s is gone", e.Path) }

func encodeKey(key ed25519.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: key})
}

// decodeKey accepts exactly what encodeKey makes.
func decodeKey(content []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(content)
	if block == nil || len(block.Bytes) != ed25519.PrivateKeySize {
		return nil, errors.New("there is no key in it")
	}
	key := ed25519.NewKeyFromSeed(block.Bytes[:ed25519.SeedSize])
	if !bytes.Equal(content, encodeKey(key)) {
		return nil, errors.New("it has been changed")
	}
	return key, nil
}

// readKey fails with os.ErrNotExist if there is no such file.
func readKey(path string) (ed25519.PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, err
	}
	key, err := decodeKey(content)
	if err != nil {
		return nil, &DamagedError{Path: path, Err: err}
	}
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&^fileMode != 0 {
		_ = f.Chmod(fileMode) // it is its owner's alone, as far as that can be
	}
	return key, nil
}

// write makes the file at path, from the directory, with the folders on its
// way. After a power cut it is there as a whole or not at all.
func (k *Keyring) write(path string, content []byte) error {
	full := filepath.Join(k.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), dirMode); err != nil {
		return err
	}
	if err := wholefile.Write(full, content); err != nil {
		return err
	}
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		if err := wholefile.SyncFolder(filepath.Join(k.dir, folder)); err != nil || folder == "." {
			return err
		}
	}
}

// makePrivate makes dir, and closes it to other people unless it holds anything:
// then it may be a place like /tmp, which others need.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_, err = d.Readdirnames(1)
	if err := d.Close(); err != nil {
		return err
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return os.Chmod(dir, dirMode)
}

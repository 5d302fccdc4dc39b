package history

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// Backup writes the Log as it is now to a new file at path, whole or not at all. It
// may be called while the Log is in use, of one that is open for reading too, and
// ends early when ctx does. What is at path already is replaced; a link stays, and
// what is no file is written to. If path is what cannot be written, it fails with a
// *wholefile.OutputError.
func Backup(ctx context.Context, s *SQLite, path string) error {
	err := wholefile.MakeAt(ctx, path, func(part string) error { return copyTo(ctx, s, path, part) })
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// BackupTo is Backup into what is no file. What w fails with is no *wholefile.OutputError
// unless it is one already.
func BackupTo(ctx context.Context, s *SQLite, w io.Writer) error {
	err := wholefile.SendAt(w, func(part string) error { return copyTo(ctx, s, "", part) })
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// copyTo writes the Log into the empty file part, which is for path.
func copyTo(ctx context.Context, s *SQLite, path, part string) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return s.fault(err)
	}
	defer conn.Close()
	// It writes another file, which counts as writing.
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return s.fault(err)
	}
	_, err = conn.ExecContext(ctx, `VACUUM INTO ?`, part)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only = 1`)
	if err = errors.Join(err, again); err == nil {
		return nil
	}
	if err = diskFault(s.fault(err)); ctx.Err() != nil || IsDamage(err) || errors.Is(err, netchat.ErrClosed) {
		return err
	}
	return &wholefile.OutputError{Path: path, Err: err} // what was read has no more than damage
}

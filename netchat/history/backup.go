package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// Backup writes the Log as it is now to a new file at path, whole or not at all. It
// may be called while the Log is in use, of one that is open for reading too, and
// ends early when ctx does. What is at path already is replaced.
func Backup(ctx context.Context, s *SQLite, path string) error {
	part := path + ".part"
	err := func() error {
		if err := wholefile.Remove(part); err != nil {
			return err
		}
		// SQLite would make it for others to read; an empty file it takes.
		file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
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
		if err := errors.Join(err, again); err != nil {
			return diskFault(s.fault(err))
		}
		file, err = os.Open(part)
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
		return errors.Join(os.Rename(part, path), wholefile.SyncFolder(filepath.Dir(path)))
	}()
	if err != nil {
		return fmt.Errorf("back up: %w", errors.Join(err, wholefile.Remove(part)))
	}
	return nil
}

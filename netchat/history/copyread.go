package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// ReadCopy opens the Copy in the file at path for reading all of it, also while a Client
// has it open: a damaged one is left as it is, for OpenCopy to put aside. Nothing can be
// saved in it. It fails with os.ErrNotExist if there is no file, and with ErrNotOurs for
// one that no version up to this one has made.
func ReadCopy(path string) (*Copy, error) {
	path = wholefile.Target(path)
	if err := peek(path, copyID); err != nil {
		return nil, fmt.Errorf("read copy: %w", err)
	}
	db, err := connect(path, 1, "query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("read copy %s: %w", path, err)
	}
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err == nil {
		var version int
		version, err = versionOf(tx, copyID, copySchema())
		if err == nil && version == 0 {
			err = fmt.Errorf("%w: it is empty", ErrNotOurs)
		}
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return nil, fmt.Errorf("read copy %s: %w", path, errors.Join(err, db.Close()))
	}
	return &Copy{db: db, limit: MaxCopied, readOnly: true}, nil
}

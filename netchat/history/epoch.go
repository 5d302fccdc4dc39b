package history

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/homeroomchat/homeroom/netchat"
)

// epochOf returns the epoch of a Log of that version of the schema. It finds damage if
// that is none, or isn't the same in both places.
func epochOf(tx *sql.Tx, version int) (epoch netchat.Epoch, err error) {
	query := `SELECT epoch, epoch FROM log`
	if version >= spareVersion {
		query = `SELECT log.epoch, spare.epoch FROM log, spare`
	}
	var stored, spare sql.NullString // of a damaged file, they may be anything
	if err := tx.QueryRow(query).Scan(&stored, &spare); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("epoch: %w", damageOf(err))
	}
	if epoch = netchat.Epoch(stored.String); !epoch.Valid() || stored != spare {
		return "", fmt.Errorf("%w: the epoch is %q and %q", errMalformed, stored.String, spare.String)
	}
	return epoch, nil
}

// epochsLeft returns what may be the epoch of a damaged Log.
func epochsLeft(old *sql.DB) (epochs []netchat.Epoch, err error) {
	for _, query := range []string{`SELECT epoch FROM log`, `SELECT epoch FROM spare`} {
		var stored sql.NullString
		err := old.QueryRow(query).Scan(&stored)
		switch {
		case err != nil && !IsDamage(err) && !errors.Is(err, sql.ErrNoRows) && !isNoSchema(err):
			return nil, err
		case err == nil && netchat.Epoch(stored.String).Valid():
			epochs = append(epochs, netchat.Epoch(stored.String))
		}
	}
	return epochs, nil
}

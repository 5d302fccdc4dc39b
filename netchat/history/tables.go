package history

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// A thing is one of a schema: a table, an index, a trigger or a view.
type thing struct{ kind, name string }

// sameSchema fails with ErrAltered unless what is in the schema is what the migrations
// make. A trigger or a view of somebody else would run when we write, and change what
// is stored or read.
func sameSchema(tx *sql.Tx, made []migration) error {
	there, err := things(tx)
	if err != nil || len(made) == 0 {
		return err
	}
	ours, err := madeBy(made)
	if err != nil {
		return err
	}
	for t, text := range there {
		switch own, ok := ours[t]; {
		case !ok && t.kind == "table" && strings.HasPrefix(t.name, "sqlite_stat"): // SQLite's notes for its planning
		case !ok:
			return fmt.Errorf("%w: the file has a %s %q that is not of it", ErrAltered, t.kind, t.name)
		case text != own && !strings.HasPrefix(t.name, "words_"): // those are FTS5's own
			return fmt.Errorf("%w: the %s %q is another one", ErrAltered, t.kind, t.name)
		}
	}
	for t := range ours {
		if _, ok := there[t]; !ok {
			return fmt.Errorf("%w: the %s %q is missing", ErrAltered, t.kind, t.name)
		}
	}
	return nil
}

// things returns what is in a schema, and how it was made.
func things(tx *sql.Tx) (map[thing]string, error) {
	rows, err := tx.Query(`SELECT type, name, coalesce(sql, '') FROM sqlite_schema`)
	if err != nil {
		return nil, damageOf(err)
	}
	defer rows.Close()
	found := make(map[thing]string)
	for rows.Next() {
		var t thing
		var text string
		if err := rows.Scan(&t.kind, &t.name, &text); err != nil {
			return nil, fmt.Errorf("%w: %w", errMalformed, err)
		}
		found[t] = text
	}
	return found, damageOf(rows.Err())
}

// madeBy returns what the migrations make, in a database that is nowhere.
func madeBy(made []migration) (ours map[thing]string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ended(tx.Rollback())) }()
	for _, step := range made {
		if err := step(tx); err != nil {
			return nil, err
		}
	}
	return things(tx)
}

// withoutViews drops the views of a damaged file's copy, as far as it can be read: we
// have none, and one in the place of a table may never come to an end.
func withoutViews(path string) {
	db, err := connect(path, 1)
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }() // what could not be dropped is not read
	var views []string
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'view'`)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if rows.Scan(&name) == nil {
			views = append(views, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`)
		}
	}
	if rows.Close() != nil {
		return
	}
	for _, name := range views {
		_, _ = db.Exec(`DROP VIEW ` + name)
	}
}

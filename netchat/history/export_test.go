package history

import (
	"errors"
	"testing"
)

// Limit has c keep no more than n Messages.
func (c *Copy) Limit(n int64) { c.limit = n }

// Indexed returns how many entries of c's index match.
func (c *Copy) Indexed(t *testing.T, match string) (n int) {
	t.Helper()
	if err := c.db.QueryRow(`SELECT count(*) FROM words WHERE words MATCH ?`, match).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ForgetVerified has the Log at path not know that anything in it was verified.
func ForgetVerified(t testing.TB, path string) {
	t.Helper()
	db, err := connect(path, 1)
	if err == nil {
		_, err = db.Exec(`UPDATE log SET verified_seq = 0, verified_chain = NULL`)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

package history

import "testing"

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

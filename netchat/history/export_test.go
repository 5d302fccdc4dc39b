package history

// Limit has c keep no more than n Messages.
func (c *Copy) Limit(n int64) { c.limit = n }

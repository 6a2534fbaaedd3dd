package prerender

// Usage is how much a store keeps.
type Usage struct {
	Where   string // "memory" or "disk"
	Entries int
	Bytes   int64 // that they take there
	Limit   int64 // of Bytes
}

// Usage returns how much is kept in each of the places where entries are.
func (c *Cache) Usage() []Usage { return usage(c.store) }

func usage(s Store) []Usage {
	switch s := s.(type) {
	case *Memory:
		return []Usage{{"memory", s.entries.Len(), s.entries.Used(), s.limit}}
	case *Dir:
		return []Usage{{"disk", s.files.Len(), s.files.Used(), s.limit}}
	case *Fleet:
		return append([]Usage{{"memory", s.memory.Len(), s.memory.Used(), s.memory.Limit()}}, usage(s.own)...)
	case Tiered:
		return append(usage(s.Fast), usage(s.Slow)...)
	}
	return nil
}

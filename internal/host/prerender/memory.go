package prerender

import (
	"context"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// Memory is a Store in memory, bounded in bytes. It evicts the least recently used
// entries, first those of a page that has more than its share.
type Memory struct {
	entries *lru.Cache[Key, *Entry]
	limit   int64
	now     func() time.Time
}

// NewMemory returns a Memory for limit bytes.
func NewMemory(limit int64, now func() time.Time) *Memory {
	return &Memory{lru.New[Key, *Entry](limit, nil), limit, now}
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, key Key) (*Entry, error) {
	e, _ := m.entries.Get(key)
	return e, nil
}

// Put implements Store. An entry larger than the bound is not kept.
func (m *Memory) Put(_ context.Context, key Key, e *Entry) error {
	m.entries.Update(key, key.Page, func(old *Entry, have bool) (*Entry, int64, bool) {
		return e, e.Size(), !have || replaces(e, old, m.now())
	})
	return nil
}

// List implements Store.
func (m *Memory) List(context.Context) ([]Info, error) {
	var infos []Info
	for key, e := range m.entries.All() {
		if !e.isMark() {
			infos = append(infos, e.info(key))
		}
	}
	return infos, nil
}

// Remove implements Store.
func (m *Memory) Remove(_ context.Context, key Key) error {
	m.entries.Remove(key)
	return nil
}

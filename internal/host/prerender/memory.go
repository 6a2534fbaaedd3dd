package prerender

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Memory is a Store in this process, bounded in bytes: the entries that have
// not been read for the longest time make place for new ones.
type Memory struct {
	now   func() time.Time
	limit int64

	mu     sync.Mutex
	used   int64
	byKey  map[string]*list.Element
	order  *list.List // of *item, the last read in front
	leases leases
}

type item struct {
	key   string
	entry *Entry
}

// NewMemory returns a Memory for limit bytes.
func NewMemory(limit int64, now func() time.Time) *Memory {
	return &Memory{now: now, limit: limit, byKey: map[string]*list.Element{}, order: list.New(), leases: leases{until: map[string]time.Time{}}}
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, key string) (*Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	el, ok := m.byKey[key]
	if !ok {
		return nil, nil
	}
	m.order.MoveToFront(el)
	return el.Value.(*item).entry, nil
}

// Put implements Store. An entry larger than the bound is not kept.
func (m *Memory) Put(_ context.Context, key string, e *Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if el, ok := m.byKey[key]; ok {
		if el.Value.(*item).entry.Created.After(e.Created) {
			return nil
		}
		m.remove(el)
	}
	if e.size() > m.limit {
		return nil
	}
	m.byKey[key] = m.order.PushFront(&item{key, e})
	m.used += e.size()
	for m.used > m.limit {
		m.remove(m.order.Back())
	}
	return nil
}

func (m *Memory) remove(el *list.Element) {
	it := m.order.Remove(el).(*item)
	delete(m.byKey, it.key)
	m.used -= it.entry.size()
}

// Lease implements Store.
func (m *Memory) Lease(_ context.Context, key string, d time.Duration) (func(), bool, error) {
	release, ok := m.leases.take(key, m.now(), d)
	return release, ok, nil
}

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if el, ok := m.byKey[key]; ok {
		m.remove(el)
	}
	return nil
}

// leases are the leases of a store that only one process uses.
type leases struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (l *leases) take(key string, now time.Time, d time.Duration) (release func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end, held := l.until[key]; held && now.Before(end) {
		return nil, false
	}
	end := now.Add(d)
	l.until[key] = end
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.until[key].Equal(end) { // it may have run out and be another's now
			delete(l.until, key)
		}
	}, true
}

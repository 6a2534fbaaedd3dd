// Package lru is a cache with a bound on the cost of its values: it evicts the least
// recently used one. Each value belongs to a group, and values of a group that takes
// up much are evicted first: a group whose keys visitors may choose freely cannot
// displace the others.
package lru

import (
	"container/heap"
	"container/list"
	"errors"
	"iter"
	"maps"
	"sync"
)

// Overhead is what a value costs besides its own bytes, for the index and the group.
// It is generous, so that a bound on the cost bounds memory too.
const Overhead = 768

// fairShare is the fraction of the bound, 1/fairShare, up to which a group is not
// evicted from first.
const fairShare = 8

// Cache is a bounded cache. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	limit   int64
	evicted func(K, V)

	mu     sync.Mutex
	used   int64
	items  map[K]*item[K, V]
	order  list.List // of *item, most recently used first
	groups map[string]*group
	bySize sizeHeap
	making map[K]*making[V]
}

type item[K comparable, V any] struct {
	key   K
	value V
	cost  int64
	group *group
	all   *list.Element // in the cache's order
	own   *list.Element // in the group's
}

// group is a set of values that share a part of the bound.
type group struct {
	name  string
	used  int64
	order list.List // of *item, most recently used first
	index int       // in the heap
}

// making is a value that is being made.
type making[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// errPanicked is the error for concurrent callers when fill panics.
var errPanicked = errors.New("internal error: the value was not made")

// New returns a Cache for values of a total cost of limit. evicted, unless it is
// nil, is called for each evicted value with the cache locked: it must not call back.
func New[K comparable, V any](limit int64, evicted func(K, V)) *Cache[K, V] {
	if evicted == nil {
		evicted = func(K, V) {}
	}
	return &Cache[K, V]{limit: limit, evicted: evicted,
		items: map[K]*item[K, V]{}, groups: map[string]*group{}, making: map[K]*making[V]{}}
}

// Get returns the value of key and marks it as used.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(key)
}

func (c *Cache[K, V]) get(key K) (value V, ok bool) {
	it, ok := c.items[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(it.all)
	it.group.order.MoveToFront(it.own)
	return it.value, true
}

// Put sets the value of key. A value that costs more than the whole bound is not
// kept, nor is the previous one.
func (c *Cache[K, V]) Put(key K, group string, value V, cost int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, group, value, cost)
}

func (c *Cache[K, V]) put(key K, name string, value V, cost int64) {
	if it, ok := c.items[key]; ok {
		c.remove(it)
	}
	if cost > c.limit {
		return
	}
	g, ok := c.groups[name]
	if !ok {
		g = &group{name: name}
		c.groups[name] = g
		heap.Push(&c.bySize, g)
	}
	it := &item[K, V]{key: key, value: value, cost: cost, group: g}
	it.all, it.own = c.order.PushFront(it), g.order.PushFront(it)
	c.items[key] = it
	c.grow(g, cost)
	for c.used > c.limit {
		last := c.last()
		c.remove(last)
		c.evicted(last.key, last.value)
	}
}

// last returns the value to evict next.
func (c *Cache[K, V]) last() *item[K, V] {
	from := &c.order
	if largest := c.bySize[0]; largest.used > c.limit/fairShare {
		from = &largest.order
	}
	return from.Back().Value.(*item[K, V])
}

// Update calls change with the value of key, if there is one, and sets what it
// returns with ok, atomically.
func (c *Cache[K, V]) Update(key K, group string, change func(old V, have bool) (value V, cost int64, ok bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var old V
	it, have := c.items[key]
	if have {
		old = it.value
	}
	if value, cost, ok := change(old, have); ok {
		c.put(key, group, value, cost)
	}
}

// Make returns the value of key, which fill makes if it is missing: once, however
// many callers there are. An error is not cached.
func (c *Cache[K, V]) Make(key K, group string, fill func() (value V, cost int64, err error)) (V, error) {
	c.mu.Lock()
	if value, ok := c.get(key); ok {
		c.mu.Unlock()
		return value, nil
	}
	m, busy := c.making[key]
	if !busy {
		m = &making[V]{done: make(chan struct{}), err: errPanicked}
		c.making[key] = m
	}
	c.mu.Unlock()
	if busy {
		<-m.done
		return m.value, m.err
	}
	var cost int64
	defer func() {
		c.mu.Lock()
		delete(c.making, key)
		if m.err == nil && cost > 0 {
			c.put(key, group, m.value, cost)
		}
		c.mu.Unlock()
		close(m.done)
	}()
	m.value, cost, m.err = fill()
	return m.value, m.err
}

// Remove removes key, if it is there.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it, ok := c.items[key]; ok {
		c.remove(it)
	}
}

// All returns the keys and values as they are now, in no order. It marks none as used.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[K]V, len(c.items))
	for key, it := range c.items {
		all[key] = it.value
	}
	return maps.All(all)
}

// Used returns the total cost of the values.
func (c *Cache[K, V]) Used() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

// Limit returns the bound of Used.
func (c *Cache[K, V]) Limit() int64 { return c.limit }

// Len returns the number of values.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.items)
}

func (c *Cache[K, V]) remove(it *item[K, V]) {
	c.order.Remove(it.all)
	it.group.order.Remove(it.own)
	delete(c.items, it.key)
	c.grow(it.group, -it.cost)
	if it.group.order.Len() == 0 {
		heap.Remove(&c.bySize, it.group.index)
		delete(c.groups, it.group.name)
	}
}

func (c *Cache[K, V]) grow(g *group, by int64) {
	c.used += by
	g.used += by
	heap.Fix(&c.bySize, g.index)
}

// sizeHeap has the largest group at 0.
type sizeHeap []*group

func (h sizeHeap) Len() int           { return len(h) }
func (h sizeHeap) Less(i, j int) bool { return h[i].used > h[j].used }
func (h sizeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *sizeHeap) Push(x any) {
	g := x.(*group)
	g.index = len(*h)
	*h = append(*h, g)
}

// Pop implements heap.Interface.
func (h *sizeHeap) Pop() any {
	last := len(*h) - 1
	g := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return g
}

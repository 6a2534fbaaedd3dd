package host

import (
	"container/list"
	"sync"
)

// blobs keeps texts in memory by key, bounded in bytes: those not asked for the
// longest make place. A text is made once, however many ask for it at the same
// time.
type blobs struct {
	limit int64

	mu    sync.Mutex
	used  int64
	byKey map[string]*list.Element
	order *list.List // of *blob, the last used in front
}

type blob struct {
	key  string
	once sync.Once
	data []byte
	err  error
	size int64 // as counted: 0 while it is being made
}

func newBlobs(limit int64) *blobs {
	return &blobs{limit: limit, byKey: map[string]*list.Element{}, order: list.New()}
}

// get returns the text under key, which make makes when it is not there. The
// text must not be changed.
func (b *blobs) get(key string, make func() ([]byte, error)) ([]byte, error) {
	b.mu.Lock()
	el, ok := b.byKey[key]
	if ok {
		b.order.MoveToFront(el)
	} else {
		el = b.order.PushFront(&blob{key: key})
		b.byKey[key] = el
	}
	it := el.Value.(*blob)
	b.mu.Unlock()
	it.once.Do(func() {
		it.data, it.err = make()
		b.settle(el, it)
	})
	return it.data, it.err
}

// settle counts a text that has been made, and forgets one that could not be.
func (b *blobs) settle(el *list.Element, it *blob) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byKey[it.key] != el {
		return // it had to make place while it was made
	}
	if it.err != nil {
		b.remove(el)
		return
	}
	it.size = int64(len(it.data))
	b.used += it.size
	for b.used > b.limit {
		b.remove(b.order.Back())
	}
}

func (b *blobs) remove(el *list.Element) {
	it := b.order.Remove(el).(*blob)
	delete(b.byKey, it.key)
	b.used -= it.size
}

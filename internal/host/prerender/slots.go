package prerender

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// ErrBusy is returned when a page cannot be rendered because too many others are.
var ErrBusy = errors.New("too many pages are being rendered")

// slots bound the renderings under way, in all and per function. Those in the
// background may take up half of them, so that there is always room for the others.
type slots struct {
	all, each  int
	maxWaiting int

	mu         sync.Mutex
	used       int
	byFunction map[string]int
	waiting    list.List // of *waiter, first come first
}

type waiter struct {
	function string
	ready    chan struct{} // closed when it has its slot
}

func newSlots(all, each, maxWaiting int) *slots {
	return &slots{all: all, each: each, maxWaiting: maxWaiting, byFunction: map[string]int{}}
}

// tryAcquire takes a slot for a rendering in the background, if there is one to
// spare.
func (s *slots) tryAcquire(function string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.all/2 || s.byFunction[function] >= s.each/2 {
		return false
	}
	s.take(function)
	return true
}

// acquire takes a slot, for which it waits until ctx is done. It does not wait if too
// many do already, since each takes a connection from visitors of other pages.
func (s *slots) acquire(ctx context.Context, function string) error {
	s.mu.Lock()
	if s.free(function) {
		s.take(function)
		s.mu.Unlock()
		return nil
	}
	if s.waiting.Len() >= s.maxWaiting {
		s.mu.Unlock()
		return ErrBusy
	}
	w := &waiter{function, make(chan struct{})}
	el := s.waiting.PushBack(w)
	s.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.ready: // at the last moment
		return nil
	default:
		s.waiting.Remove(el)
		return ErrBusy
	}
}

// release frees a slot and hands it to the first waiter that may have it.
func (s *slots) release(function string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	if s.byFunction[function]--; s.byFunction[function] == 0 {
		delete(s.byFunction, function)
	}
	for el := s.waiting.Front(); el != nil; el = el.Next() {
		if w := el.Value.(*waiter); s.free(w.function) {
			s.take(w.function)
			s.waiting.Remove(el)
			close(w.ready)
			return
		}
	}
}

func (s *slots) free(function string) bool {
	return s.used < s.all && s.byFunction[function] < s.each
}

func (s *slots) take(function string) {
	s.used++
	s.byFunction[function]++
}

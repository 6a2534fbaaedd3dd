package prerender

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// ErrBusy says that a page could not be rendered for one who waits, since too
// many others are being rendered.
var ErrBusy = errors.New("too many pages are being rendered")

// slots bound the renderings that are under way: in all, and for each function.
// Those that no one waits for may take half of them, so that there is always
// room for the others.
type slots struct {
	all, each  int
	maxWaiting int

	mu         sync.Mutex
	used       int
	byFunction map[string]int
	waiting    list.List // of *waiter, the first to come in front
}

type waiter struct {
	function string
	ready    chan struct{} // closed when the slot is taken for it
}

func newSlots(all, each, maxWaiting int) *slots {
	return &slots{all: all, each: each, maxWaiting: maxWaiting, byFunction: map[string]int{}}
}

// try takes a slot for a rendering that no one waits for, if there is one to
// spare.
func (s *slots) try(function string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.all/2 || s.byFunction[function] >= s.each/2 {
		return false
	}
	s.take(function)
	return true
}

// wait takes a slot, and waits for one until ctx is done: not if too many wait
// already, who all keep a connection from visitors of other pages.
func (s *slots) wait(ctx context.Context, function string) error {
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
	case <-w.ready: // just now
		return nil
	default:
		s.waiting.Remove(el)
		return ErrBusy
	}
}

// release gives a slot back, to the first who waits for one of its kind.
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

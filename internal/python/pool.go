package python

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// pool is the workers that share a project's pages.
type pool struct {
	launch
	workers []*worker      // nil for one that has not been started
	home    map[string]int // by page file: the worker that has it loaded
}

func newPool(l launch) *pool {
	return &pool{launch: l, workers: make([]*worker, runtime.GOMAXPROCS(0)), home: map[string]int{}}
}

// close ends the workers.
func (p *pool) close() {
	for _, w := range p.workers {
		if w != nil {
			w.closePipes()
		}
	}
	for _, w := range p.workers {
		if w != nil {
			<-w.exited
		}
	}
}

// request is what a worker is asked: with Out to render a page into that file,
// without to load it and to say what its config and paths return.
type request struct {
	File    string `json:"file"`
	Pattern string `json:"pattern"`
	Path    string `json:"path,omitempty"`   // not percent-encoded
	Target  string `json:"target,omitempty"` // the same, percent-encoded
	Out     string `json:"out,omitempty"`    // absolute
}

// outcome is an answer to the request of that index, or how the process ended
// when there is none.
type outcome[A any] struct {
	index  int
	answer A
	ended  *ending
}

// run has all requests answered, in parallel, and calls handle from one
// goroutine for each, as it is answered.
func run[A any](ctx context.Context, p *pool, requests []request, handle func(outcome[A])) error {
	n := min(len(p.workers), len(requests))
	if n == 0 {
		return nil
	}
	q := newQueue(p, requests, n)
	outcomes := make(chan []outcome[A], n)
	errs := make([]error, n)
	var slots sync.WaitGroup
	for i := range n {
		slots.Go(func() {
			s := &slot[A]{pool: p, index: i, requests: requests, queue: q, outcomes: outcomes, size: 1}
			if errs[i] = s.run(ctx); errs[i] != nil {
				q.stop()
			}
		})
	}
	go func() {
		slots.Wait()
		close(outcomes)
	}()
	for list := range outcomes {
		for _, o := range list {
			handle(o)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}

// queue hands out the indexes of requests. Each worker first takes those of the
// pages that it has loaded, and then from whoever has most left.
type queue struct {
	mu    sync.Mutex
	lists [][]int
}

func newQueue(p *pool, requests []request, n int) *queue {
	q := &queue{lists: make([][]int, n)}
	for i, r := range requests {
		home, known := p.home[r.File]
		if !known {
			home = i
		}
		q.lists[home%n] = append(q.lists[home%n], i)
	}
	return q
}

// take takes up to n indexes, and none when there is nothing left.
func (q *queue) take(slot, n int) []int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if own := q.lists[slot]; len(own) > 0 {
		n = min(n, len(own))
		q.lists[slot] = own[n:]
		return own[:n]
	}
	longest := 0
	for i, list := range q.lists {
		if len(list) > len(q.lists[longest]) {
			longest = i
		}
	}
	list := q.lists[longest]
	rest := len(list) - min(n, (len(list)+1)/2)
	q.lists[longest] = list[:rest]
	return list[rest:]
}

// stop leaves nothing to take.
func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.lists)
}

// slot is the place of one worker of a pool, during a run.
type slot[A any] struct {
	*pool
	index    int
	requests []request
	queue    *queue
	outcomes chan<- []outcome[A]

	size   int   // how many requests are sent at once
	sent   []int // not answered yet, in order
	again  []int // to send before others, one by one: a worker ended before it answered them
	second bool  // the only one sent has ended a worker before
}

// Requests are sent in batches of about this time, so that quick pages do not
// wait for messages, and slow ones not for each other.
const (
	shortBatch = 2 * time.Millisecond
	longBatch  = 8 * time.Millisecond
	maxBatch   = 64
)

func (s *slot[A]) run(ctx context.Context) error {
	for {
		begun := time.Now()
		if err := s.fill(ctx); err != nil {
			return err
		}
		if len(s.sent) == 0 {
			return nil
		}
		n := s.take()
		switch each := time.Since(begun) / time.Duration(max(1, n)); {
		case each*time.Duration(s.size) < shortBatch:
			s.size = min(2*s.size, maxBatch)
		case each*time.Duration(s.size) > longBatch:
			s.size = max(1, s.size/2)
		}
	}
}

// fill sends the worker more requests before it has none.
func (s *slot[A]) fill(ctx context.Context) error {
	switch {
	case s.second || len(s.again) > 0:
		if len(s.sent) > 0 {
			return nil
		}
		one := s.again[:1]
		s.again = s.again[1:]
		return s.give(ctx, one)
	case len(s.sent) <= s.size/2:
		if batch := s.queue.take(s.index, s.size); len(batch) > 0 {
			return s.give(ctx, batch)
		}
	}
	return nil
}

// give sends requests to the worker, which is started if there is none. An end
// of the worker shows when its answer is missing.
func (s *slot[A]) give(ctx context.Context, batch []int) error {
	if s.workers[s.index] == nil {
		w, err := s.start(ctx)
		if err != nil {
			return err
		}
		s.workers[s.index] = w
	}
	message := make([]request, len(batch))
	for i, index := range batch {
		message[i] = s.requests[index]
	}
	s.sent = append(s.sent, batch...)
	if err := s.workers[s.index].send(message); err != nil && !errors.Is(err, errStopped) {
		return err
	}
	return nil
}

// take receives the answers that have come, or waits for one, and returns how
// many. When one is missing because the worker ended, another takes its place:
// it gets what was not answered one by one, and the page it ends at a second
// try, for a thread that another page left behind may have been it.
func (s *slot[A]) take() int {
	w := s.workers[s.index]
	var list []outcome[A]
	for len(s.sent) > 0 && (len(list) == 0 || w.answers.Buffered() > 0) {
		o := outcome[A]{index: s.sent[0]}
		err := w.receive(&o.answer)
		if err != nil { // errStopped
			w.close()
			s.workers[s.index] = nil
			alone := len(s.sent) == 1
			if s.second {
				o.ended = endingOf(w)
				list = append(list, o)
				s.sent = nil
			}
			s.second = !s.second && alone
			s.again, s.sent = append(s.sent, s.again...), nil
			break
		}
		list = append(list, o)
		s.sent, s.second = s.sent[1:], false
	}
	s.outcomes <- list
	return len(list)
}

package python

import (
	"context"
	"errors"
	"runtime"
	"sync"
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
	ended  string // "exit status 3"
}

// run has all requests answered, in parallel, and calls handle from one
// goroutine for each, as it is answered.
func run[A any](ctx context.Context, p *pool, requests []request, handle func(outcome[A])) error {
	n := min(len(p.workers), len(requests))
	if n == 0 {
		return nil
	}
	q := newQueue(p, requests, n)
	outcomes := make(chan outcome[A], n)
	errs := make([]error, n)
	var slots sync.WaitGroup
	for i := range n {
		slots.Go(func() {
			s := &slot[A]{pool: p, index: i, requests: requests, queue: q, outcomes: outcomes}
			if errs[i] = s.run(ctx); errs[i] != nil {
				q.stop()
			}
		})
	}
	go func() {
		slots.Wait()
		close(outcomes)
	}()
	for o := range outcomes {
		handle(o)
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

// take returns -1 when there is nothing left.
func (q *queue) take(slot int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if own := q.lists[slot]; len(own) > 0 {
		q.lists[slot] = own[1:]
		return own[0]
	}
	longest := 0
	for i, list := range q.lists {
		if len(list) > len(q.lists[longest]) {
			longest = i
		}
	}
	list := q.lists[longest]
	if len(list) == 0 {
		return -1
	}
	last := len(list) - 1
	q.lists[longest] = list[:last]
	return list[last]
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
	outcomes chan<- outcome[A]

	sent   []int // not answered yet, in order
	again  []int // to send before others: a worker ended before it answered them
	second bool  // again's first, or then the only one sent, has ended one worker
}

// ahead is how many requests a worker has: one in work and one to go on with.
const ahead = 2

func (s *slot[A]) run(ctx context.Context) error {
	for {
		for len(s.sent) < ahead && (!s.second || len(s.sent) == 0) {
			i := s.next()
			if i < 0 {
				break
			}
			if err := s.give(ctx, i); err != nil {
				return err
			}
		}
		if len(s.sent) == 0 {
			return nil
		}
		if err := s.take(); err != nil {
			return err
		}
	}
}

func (s *slot[A]) next() int {
	if len(s.again) == 0 {
		return s.queue.take(s.index)
	}
	i := s.again[0]
	s.again = s.again[1:]
	return i
}

// give sends a request to the worker, which is started if there is none. An
// end of the worker shows when its answer is missing.
func (s *slot[A]) give(ctx context.Context, i int) error {
	if s.workers[s.index] == nil {
		w, err := s.start(ctx)
		if err != nil {
			return err
		}
		s.workers[s.index] = w
	}
	s.sent = append(s.sent, i)
	if err := s.workers[s.index].send(s.requests[i]); err != nil && !errors.Is(err, errStopped) {
		return err
	}
	return nil
}

// take receives the answer to the oldest request. When there is none because
// the worker ended, another takes its place. The page it was at gets a second
// try alone: a thread that another page left behind may have been it.
func (s *slot[A]) take() error {
	o := outcome[A]{index: s.sent[0]}
	w := s.workers[s.index]
	err := w.receive(&o.answer)
	switch {
	case err == nil:
		s.sent, s.second = s.sent[1:], false
		s.outcomes <- o
		return nil
	case !errors.Is(err, errStopped):
		return err
	}
	w.close()
	s.workers[s.index] = nil
	if s.second {
		o.ended = w.cmd.ProcessState.String()
		s.outcomes <- o
		s.sent = s.sent[1:]
	}
	s.second = !s.second
	s.again, s.sent = append(s.sent, s.again...), nil
	return nil
}

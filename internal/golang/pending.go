package golang

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// patience is how long a build waits for an answer before it says for which.
const patience = 10 * time.Second

// pending is the jobs that the program has and has not answered. When none is
// answered for long, it writes which they are, again and again: a page may wait
// for something that never comes.
type pending struct {
	log   io.Writer
	after time.Duration
	timer *time.Timer

	mu    sync.Mutex
	paths map[int]string
}

// newPending returns an empty set. It must be stopped.
func newPending(log io.Writer, after time.Duration) *pending {
	p := &pending{log: log, after: after, paths: map[int]string{}}
	p.timer = time.AfterFunc(after, p.complain)
	return p
}

func (p *pending) stop() { p.timer.Stop() }

func (p *pending) add(i int, path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paths[i] = path
}

func (p *pending) remove(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.paths, i)
	p.timer.Reset(p.after)
}

func (p *pending) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.paths)
}

// jobs are the indexes of the jobs, sorted.
func (p *pending) jobs() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.paths))
}

// maxNamed is how many paths complain names.
const maxNamed = 3

func (p *pending) complain() {
	p.mu.Lock()
	var names []string
	for _, i := range slices.Sorted(maps.Keys(p.paths)) {
		names = append(names, p.paths[i])
	}
	p.mu.Unlock()
	if len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - maxNamed; n > 0 {
		names, more = names[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(p.log, "jargo: still waiting for %s%s\n", strings.Join(names, ", "), more)
	p.timer.Reset(p.after)
}

package renderer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/site"
)

// pool is the processes that share the pages of a language.
type pool struct {
	Options
	in        *site.WorkDir // where the processes work; nil for the project
	patience  time.Duration // how long no result may come before the build says which it waits for
	processes []*process    // nil for one that is not running
	home      map[int]int   // by page: the process that was asked to load it
	lastID    int           // of a job
}

func newPool(o Options) *pool {
	o.Limits.Time = cmp.Or(o.Limits.Time, time.Minute)
	return &pool{Options: o, patience: 10 * time.Second, processes: make([]*process, o.Processes), home: map[int]int{}}
}

// close ends the processes, all at once: one may take its time, or hang. It may be
// called again.
func (p *pool) close() {
	var ending sync.WaitGroup
	for _, process := range p.processes {
		if process != nil {
			ending.Go(process.end)
		}
	}
	if p.Started != nil {
		ending.Go(p.Started.Close)
	}
	ending.Wait()
	clear(p.processes)
}

// outcome is what became of a task: a result, or the exit of its process, if it is
// to blame for that; neither for a task that was given up.
type outcome struct {
	result *engine.Result
	end    *ExitError
}

// run is one call of pool.run.
type run struct {
	*pool
	ctx     context.Context
	cancel  context.CancelCauseFunc
	tasks   []Task
	firstID int // that of tasks[0]

	mu     sync.Mutex
	handle func(i int, o outcome) error
	states []state
	queues [][]int   // by worker, the tasks that wait
	begun  [][]int   // by worker, the tasks that its process was last seen to have begun
	heard  time.Time // when a result came, or was missed
}

// headStart is how long the first process has for the tasks alone, in a directory other
// than the project, or if it was started before. Most sites have few tasks there, and to
// start another process, which loads the same pages once more, would take longer.
const headStart = 150 * time.Millisecond

// run runs all tasks in parallel and calls handle for each that is done, one call
// at a time. An error of handle ends the run.
func (p *pool) run(ctx context.Context, tasks []Task, handle func(i int, o outcome) error) error {
	n := min(len(p.processes), len(tasks))
	r := &run{pool: p, tasks: tasks, firstID: p.lastID + 1, handle: handle, states: make([]state, len(tasks)),
		queues: make([][]int, n), begun: make([][]int, n), heard: time.Now()}
	p.lastID += len(tasks)
	for i, t := range tasks {
		home, known := p.home[t.Index]
		if !known {
			home = i
		}
		r.queues[home%n] = append(r.queues[home%n], i)
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	var workers sync.WaitGroup
	first := make(chan struct{}) // closed when its worker has nothing left to do
	for i := range n {
		workers.Go(func() {
			if i == 0 {
				defer close(first)
			} else if p.in != nil || p.Started != nil {
				select {
				case <-first:
				case <-time.After(headStart):
				}
			}
			if err := newWorker(r, i).work(); err != nil {
				r.cancel(err)
			}
		})
	}
	workers.Wait()
	if names := r.names(); ctx.Err() != nil && names != "" {
		return &site.Stopped{While: tasks[0].Verb() + "ing " + names, Cause: context.Cause(ctx)}
	}
	return context.Cause(r.ctx)
}

// take takes up to n tasks for a worker: first those of the pages that its
// process has loaded, then some of the worker that has most left.
func (r *run) take(worker, n int) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := worker
	if len(r.queues[worker]) == 0 {
		for i, queue := range r.queues {
			if len(queue) > len(r.queues[from]) {
				from = i
			}
		}
		n = min(n, (len(r.queues[from])+1)/2)
	}
	queue := r.queues[from]
	n = min(n, len(queue))
	taken := queue[:n]
	r.queues[from] = queue[n:]
	for _, i := range taken {
		r.states[i] = sent
		if t := r.tasks[i]; t.Page == nil {
			r.home[t.Index] = worker
		}
	}
	return taken
}

// finish ends a task.
func (r *run) finish(i int, o outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[i] = done
	r.heard = time.Now()
	return r.handle(i, o)
}

// giveUp drops the waiting tasks of these tasks' pages, which would take as much
// as they did. The caller holds the lock.
func (r *run) giveUp(tasks []int) error {
	for _, t := range tasks {
		for worker, queue := range r.queues {
			var rest []int
			for _, i := range queue {
				if r.tasks[i].Index != r.tasks[t].Index {
					rest = append(rest, i)
					continue
				}
				r.states[i] = done
				if err := r.handle(i, outcome{}); err != nil {
					return err
				}
			}
			r.queues[worker] = rest
		}
	}
	return nil
}

// note records what a worker's process is doing. When no result has come for
// long, it logs which pages are waited for, again and again: one may wait for
// something that never comes.
func (r *run) note(worker int, begun []int) {
	r.mu.Lock()
	r.begun[worker] = begun
	late := time.Since(r.heard) >= r.patience
	if late {
		r.heard = time.Now()
	}
	r.mu.Unlock()
	if names := r.names(); late && names != "" {
		fmt.Fprintf(r.Log, "jargo: still waiting for %s\n", names)
	}
}

// maxNamed is how many paths names names.
const maxNamed = 3

// names lists the paths that are being worked on: "/a, /b, /c and 2 more".
func (r *run) names() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Concat(r.begun...)
	list = slices.DeleteFunc(list, func(i int) bool { return r.states[i] == done })
	slices.Sort(list)
	var names []string
	for _, i := range list[:min(maxNamed, len(list))] {
		names = append(names, r.tasks[i].Path)
	}
	text := strings.Join(names, ", ")
	if n := len(list) - maxNamed; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

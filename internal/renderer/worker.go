package renderer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// state is where a task is in its run:
//
//	waiting ─▶ sent ─▶ done                         its result came, or it took too long
//	   ▲        │
//	   └────────┤                                   its process ended before it was begun
//	            └────▶ suspect ─▶ isolated ─▶ done  its process ended while it was under way
//
// A suspect need not be what ended the process: others were under way, too, or
// had left a thread behind. So it gets a new process to itself. There it gives a
// result, or is known to be the culprit.
type state byte

const (
	waiting state = iota
	sent
	suspect
	isolated
	done
)

// ended is the state of a task after its process has ended. A culprit is known
// to have been the cause.
func (s state) ended(begun, culprit bool) state {
	switch {
	case culprit, s == isolated:
		return done
	case begun:
		return suspect
	}
	return waiting
}

// worker gives tasks to one process at a time, and starts another when that has
// ended.
type worker struct {
	*run
	index    int
	process  *process          // nil when there is none
	inFlight map[int]time.Time // the tasks that it was given; when each was seen to have begun
	suspects []int
	isolated bool // the only task in flight is a suspect
	window   int  // how many tasks it is given ahead, for each of its own workers
}

func newWorker(r *run, index int) *worker {
	return &worker{run: r, index: index, process: r.processes[index], inFlight: map[int]time.Time{}, window: 1}
}

// Tasks are sent in batches that take about this time, so that quick pages do
// not wait for messages, and slow ones not for each other.
const (
	shortBatch = 2 * time.Millisecond
	longBatch  = 8 * time.Millisecond
	maxBatch   = 64
)

// work does tasks until there are no more.
func (w *worker) work() error {
	defer func() { w.processes[w.index] = w.process }()
	for {
		began := time.Now()
		if err := w.fill(); err != nil || len(w.inFlight) == 0 {
			return err
		}
		n, err := w.listen()
		if err != nil {
			return err
		}
		switch batch := time.Since(began) / time.Duration(max(1, n)) * time.Duration(w.room()); {
		case batch < shortBatch && w.room() < maxBatch:
			w.window *= 2
		case batch > longBatch:
			w.window = max(1, w.window/2)
		}
	}
}

// room is how many tasks the process is given ahead.
func (w *worker) room() int {
	if w.process == nil {
		return w.window
	}
	return w.window * w.process.hello.AtOnce
}

// fill gives the process more tasks before it runs out of them.
func (w *worker) fill() error {
	switch {
	case len(w.inFlight) == 0 && len(w.suspects) > 0:
		if w.process != nil {
			w.process.close()
			w.process = nil
		}
		one := w.suspects[:1]
		w.suspects, w.isolated = w.suspects[1:], true
		w.mu.Lock()
		w.states[one[0]] = isolated
		w.mu.Unlock()
		return w.send(one)
	case len(w.inFlight) <= w.room()/2 && !w.isolated:
		return w.send(w.take(w.index, w.room()))
	}
	return nil
}

// send sends tasks to the process, which is started if there is none.
func (w *worker) send(tasks []int) error {
	if w.process == nil && len(tasks) > 0 {
		var err error
		if w.process, err = w.startProcess(); err != nil {
			return err
		}
		w.process.setDeadlines(time.Now(), time.Now().Add(w.Limits.Time))
	}
	for _, i := range tasks {
		w.process.send(w.tasks[i].job(w.firstID + i))
		w.inFlight[i] = time.Time{}
	}
	return nil
}

// startProcess returns a process that has no task yet.
func (w *worker) startProcess() (*process, error) {
	if w.in != nil {
		return w.start(w.ctx, w.Language.Command(w.in.Dir))
	}
	if p := w.Started.take(w.ctx); p != nil {
		return p, nil
	}
	return w.start(w.ctx, w.Language.Command(""))
}

// listen takes the results that have come, or waits for one, and returns how
// many.
func (w *worker) listen() (int, error) {
	for n := 0; ; n++ {
		if len(w.inFlight) == 0 || n > 0 && !w.process.pending() {
			return n, nil
		}
		var result engine.Result
		err := w.process.receive(&result)
		i := result.ID - w.firstID
		_, asked := w.inFlight[i]
		switch {
		case err == errTimeout:
			return n, w.check(time.Now())
		case err == nil && !asked:
			w.process.reject()
			fallthrough
		case err != nil:
			return n, w.end(ExitError{}, nil)
		}
		delete(w.inFlight, i)
		w.isolated, w.process.used = false, true
		if err := w.finish(i, outcome{result: &result}); err != nil {
			return n, err
		}
	}
}

// underWay lists the tasks in flight that the process has begun.
func (w *worker) underWay() []int {
	var list []int
	for _, id := range w.process.underWay() {
		if _, ok := w.inFlight[id-w.firstID]; ok {
			list = append(list, id-w.firstID)
		}
	}
	return list
}

// check watches the process: what it has begun, how long ago, and how much
// memory it uses.
func (w *worker) check(now time.Time) error {
	begun := w.underWay()
	w.note(w.index, begun)
	var late []int
	for _, i := range begun {
		if w.inFlight[i].IsZero() {
			w.inFlight[i] = now
		}
		if now.Sub(w.inFlight[i]) >= w.Limits.Time {
			late = append(late, i)
		}
	}
	if len(late) > 0 {
		return w.end(ExitError{Late: w.Limits.Time}, late)
	}
	if w.Limits.Memory > 0 {
		switch n, err := resident(w.process.cmd.Process.Pid); {
		case err != nil || n <= w.Limits.Memory: // it may be gone
		case len(begun) == 0 && !w.process.used:
			return fmt.Errorf("--memory: the pages' process takes %d MB before it does anything", n/1e6)
		default:
			return w.end(ExitError{Large: w.Limits.Memory}, nil)
		}
	}
	w.process.setDeadlines(now.Add(w.Limits.tick()), now.Add(w.Limits.Time))
	return context.Cause(w.ctx)
}

// end decides what becomes of the tasks of a process that has ended, or must.
// The culprits are known to have been the cause.
func (w *worker) end(e ExitError, culprits []int) error {
	p, killed := w.process, e.Late > 0 || e.Large > 0
	if killed {
		p.kill()
	}
	p.awaitEnd()
	e.Cmd, e.Invalid = p.cmd, p.invalid
	begun := w.underWay()
	if len(begun) == 0 && !killed { // it did not get to say so, or ended between two of them
		begun = slices.Collect(maps.Keys(w.inFlight))
	}
	p.close()
	w.process, w.isolated = nil, false
	var blamed []int
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range slices.Sorted(maps.Keys(w.inFlight)) {
		w.states[i] = w.states[i].ended(slices.Contains(begun, i), slices.Contains(culprits, i))
		switch w.states[i] {
		case waiting:
			w.queues[w.index] = append(w.queues[w.index], i)
		case suspect:
			w.suspects = append(w.suspects, i)
		case done:
			blamed = append(blamed, i)
			if err := w.handle(i, outcome{end: &e}); err != nil {
				return err
			}
		}
	}
	clear(w.inFlight)
	if killed {
		return w.giveUp(blamed)
	}
	return nil
}

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
//	waiting ─▶ sent ─▶ done                      it was answered, or took too long
//	   ▲        │
//	   └────────┤                                its process ended before it was begun
//	            └────▶ suspect ─▶ alone ─▶ done  its process ended when it was under way
//
// What ends a process need not be what a suspect does: others were under way,
// too, or had left a thread behind. So it gets a new one to itself. There it is
// answered, or known to be the culprit.
type state byte

const (
	waiting state = iota
	sent
	suspect
	alone
	done
)

// ended is the state of a task after its process has ended. A culprit is known
// to have been the cause.
func (s state) ended(begun, culprit bool) state {
	switch {
	case culprit, s == alone:
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
	open     map[int]time.Time // the tasks that it has and has not answered; when they were seen to have begun
	suspects []int
	alone    bool // the only one in open is a suspect
	window   int  // how many tasks it gets ahead, for each of its own workers
}

func newWorker(r *run, index int) *worker {
	return &worker{run: r, index: index, process: r.processes[index], open: map[int]time.Time{}, window: 1}
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
		if err := w.fill(); err != nil || len(w.open) == 0 {
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

// room is how many tasks the process gets ahead.
func (w *worker) room() int {
	if w.process == nil {
		return w.window
	}
	return w.window * w.process.hello.AtOnce
}

// fill gives the process more tasks before it has none.
func (w *worker) fill() error {
	switch {
	case len(w.open) == 0 && len(w.suspects) > 0:
		if w.process != nil {
			w.process.close()
			w.process = nil
		}
		one := w.suspects[:1]
		w.suspects, w.alone = w.suspects[1:], true
		w.mu.Lock()
		w.states[one[0]] = alone
		w.mu.Unlock()
		return w.send(one)
	case len(w.open) <= w.room()/2 && !w.alone:
		return w.send(w.take(w.index, w.room()))
	}
	return nil
}

// send sends tasks to the process, which is started if there is none.
func (w *worker) send(tasks []int) error {
	if w.process == nil && len(tasks) > 0 {
		var err error
		if w.process, err = start(w.ctx, w.Language.Command(), w.Limits.startTime(), w.Ask); err != nil {
			return err
		}
		w.process.wakeAt(time.Now(), time.Now().Add(w.Limits.Time))
	}
	for _, i := range tasks {
		w.process.send(w.tasks[i].job(w.firstID + i))
		w.open[i] = time.Time{}
	}
	return nil
}

// listen takes the answers that have come, or waits for one, and returns how
// many.
func (w *worker) listen() (int, error) {
	for n := 0; ; n++ {
		if len(w.open) == 0 || n > 0 && !w.process.pending() {
			return n, nil
		}
		var result engine.Result
		err := w.process.receive(&result)
		i := result.ID - w.firstID
		_, asked := w.open[i]
		switch {
		case err == errTick:
			return n, w.check(time.Now())
		case err == nil && !asked:
			w.process.reject()
			fallthrough
		case err != nil:
			return n, w.end(End{}, nil)
		}
		delete(w.open, i)
		w.alone, w.process.used = false, true
		if err := w.finish(i, outcome{result: &result}); err != nil {
			return n, err
		}
	}
}

// underWay lists the open tasks that the process has begun.
func (w *worker) underWay() []int {
	var list []int
	for _, id := range w.process.underWay() {
		if _, open := w.open[id-w.firstID]; open {
			list = append(list, id-w.firstID)
		}
	}
	return list
}

// check looks after the process: what it has begun, how long ago, and how much
// memory it has.
func (w *worker) check(now time.Time) error {
	begun := w.underWay()
	w.note(w.index, begun)
	var late []int
	for _, i := range begun {
		if w.open[i].IsZero() {
			w.open[i] = now
		}
		if now.Sub(w.open[i]) >= w.Limits.Time {
			late = append(late, i)
		}
	}
	if len(late) > 0 {
		return w.end(End{Late: w.Limits.Time}, late)
	}
	if w.Limits.Memory > 0 {
		switch n, err := resident(w.process.cmd.Process.Pid); {
		case err != nil || n <= w.Limits.Memory: // it may be gone
		case len(begun) == 0 && !w.process.used:
			return fmt.Errorf("--memory: the pages' process takes %d MB before it does anything", n/1e6)
		default:
			return w.end(End{Large: w.Limits.Memory}, nil)
		}
	}
	w.process.wakeAt(now.Add(w.Limits.tick()), now.Add(w.Limits.Time))
	return context.Cause(w.ctx)
}

// end moves on the tasks of a process that has ended, or has to. Of the culprits
// it is known that they are.
func (w *worker) end(e End, culprits []int) error {
	p, killed := w.process, e.Late > 0 || e.Large > 0
	if killed {
		p.kill()
	}
	p.awaitEnd()
	e.Cmd, e.Garbled = p.cmd, p.garbled
	begun := w.underWay()
	if len(begun) == 0 && !killed { // it has not come to say so, or ended between two of them
		begun = slices.Collect(maps.Keys(w.open))
	}
	p.close()
	w.process, w.alone = nil, false
	var blamed []int
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range slices.Sorted(maps.Keys(w.open)) {
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
	clear(w.open)
	if killed {
		return w.giveUp(blamed)
	}
	return nil
}

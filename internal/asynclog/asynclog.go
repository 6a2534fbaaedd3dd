// Package asynclog writes the lines of a log by a goroutine of its own: nobody who logs
// waits for a slow disk, a terminal that is stopped or a pipe that is not read. What does
// not fit into its memory is dropped, and counted.
package asynclog

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// maxPending is how many bytes of lines wait to be written: some 5,000 requests.
const maxPending = 1 << 20

// pause is how long lines are gathered after some were written: a busy server writes
// hundreds at once, and of a quiet one each line appears when it is logged.
const pause = 2 * time.Millisecond

// kept is the size of a buffer that stays when it is empty.
const kept = 64 << 10

// Writer is an io.Writer whose Write neither waits nor fails. Each call is a whole line, or
// several. Close it.
type Writer struct {
	out     io.Writer
	dropped func(lines int)

	mu      sync.Mutex
	pending []byte
	lost    int  // lines since dropped was last called
	closing bool // the goroutine ends when nothing is pending
	ended   bool // it has
	wake    chan struct{}
	closed  chan struct{}
	done    chan struct{}
}

// New returns a Writer to out. When lines were dropped, dropped is called as soon as there
// is room again; it may log that.
func New(out io.Writer, dropped func(lines int)) *Writer {
	w := &Writer{out: out, dropped: dropped, wake: make(chan struct{}, 1), closed: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

// Out is what w writes to.
func (w *Writer) Out() io.Writer { return w.out }

// Write implements io.Writer.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	if w.ended || len(w.pending)+len(lines) > maxPending {
		w.lost += bytes.Count(lines, []byte("\n"))
		w.mu.Unlock()
		return len(lines), nil
	}
	first := len(w.pending) == 0
	w.pending = append(w.pending, lines...)
	w.mu.Unlock()
	if first {
		w.signal()
	}
	return len(lines), nil
}

// signal has the goroutine look.
func (w *Writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run writes what is pending until w is closed.
func (w *Writer) run() {
	defer close(w.done)
	var written []byte
	for range w.wake {
		for {
			w.mu.Lock()
			lines, lost := w.pending, w.lost
			if len(lines) == 0 && lost == 0 {
				w.ended = w.closing
				w.mu.Unlock()
				break
			}
			w.pending, w.lost = written[:0], 0
			w.mu.Unlock()
			_, _ = w.out.Write(lines) // there is nowhere to say that a log cannot be written
			if written = lines; cap(written) > kept {
				written = nil
			}
			if lost > 0 {
				w.dropped(lost)
			}
			select {
			case <-time.After(pause):
			case <-w.closed:
			}
		}
		if w.ended {
			return
		}
	}
}

// Close writes what is pending, for as long as patience lasts. What is logged when all is
// written is dropped.
func (w *Writer) Close(patience time.Duration) {
	w.mu.Lock()
	if !w.closing {
		w.closing = true
		close(w.closed)
	}
	w.mu.Unlock()
	w.signal()
	select {
	case <-w.done:
	case <-time.After(patience):
	}
}

// Package throttle keeps what visitors cause from filling the log: the same
// message about the same thing is written once an interval, with how often it
// was left out before.
package throttle

import (
	"log/slog"
	"sync"
	"time"
)

// Logger writes messages that may come often. All methods may be called at
// once.
type Logger struct {
	log   *slog.Logger
	every time.Duration
	now   func() time.Time

	mu   sync.Mutex
	last map[message]*repeats
}

type message struct{ text, key string }

type repeats struct {
	at      time.Time // when it was written
	leftOut int       // since then
}

// New returns a Logger that writes a message about one key at most once in
// every.
func New(log *slog.Logger, every time.Duration, now func() time.Time) *Logger {
	return &Logger{log: log, every: every, now: now, last: map[message]*repeats{}}
}

// Warn logs text with args at level WARN. key is what it is about, one of a
// number that no visitor can increase.
func (l *Logger) Warn(key, text string, args ...any) {
	leftOut, ok := l.pass(message{text, key})
	if !ok {
		return
	}
	if leftOut > 0 {
		args = append(args, "repeated", leftOut)
	}
	l.log.Warn(text, args...)
}

// pass reports whether a message is to be written now, and how often it was
// not since it last was.
func (l *Logger) pass(m message) (leftOut int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r, known := l.last[m]
	if !known {
		r = &repeats{}
		l.last[m] = r
	} else if age := now.Sub(r.at); age >= 0 && age < l.every {
		r.leftOut++
		return 0, false
	}
	leftOut, r.leftOut, r.at = r.leftOut, 0, now
	return leftOut, true
}

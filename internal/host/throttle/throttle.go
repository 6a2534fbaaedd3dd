// Package throttle keeps visitors from flooding the log: the same message about the
// same thing is logged once per interval, with how often it was suppressed.
package throttle

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Logger logs messages that may be frequent. It is safe for concurrent use.
type Logger struct {
	log   *slog.Logger
	every time.Duration
	now   func() time.Time

	mu   sync.Mutex
	last map[message]*repeats
}

type message struct{ text, key string }

type repeats struct {
	at         time.Time // when it was logged
	suppressed int       // since then
}

// New returns a Logger that logs a message about one key at most once in every.
func New(log *slog.Logger, every time.Duration, now func() time.Time) *Logger {
	return &Logger{log: log, every: every, now: now, last: map[message]*repeats{}}
}

// Warn logs text with args at level WARN. key is what it is about; visitors must not
// be able to add keys.
func (l *Logger) Warn(key, text string, args ...any) { l.write(slog.LevelWarn, key, text, args) }

// Error is Warn at level ERROR.
func (l *Logger) Error(key, text string, args ...any) { l.write(slog.LevelError, key, text, args) }

func (l *Logger) write(level slog.Level, key, text string, args []any) {
	suppressed, ok := l.pass(message{text, key})
	if !ok {
		return
	}
	if suppressed > 0 {
		args = append(args, "repeated", suppressed)
	}
	l.log.Log(context.Background(), level, text, args...)
}

// pass reports whether a message is to be logged now, and how often it was
// suppressed since it last was.
func (l *Logger) pass(m message) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r, known := l.last[m]
	if !known {
		r = &repeats{}
		l.last[m] = r
	} else if age := now.Sub(r.at); age >= 0 && age < l.every {
		r.suppressed++
		return 0, false
	}
	suppressed, r.suppressed, r.at = r.suppressed, 0, now
	return suppressed, true
}

package function

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Bounds of what one function may log, in bytes.
const (
	maxLine      = 64 << 10 // of one line, or one stack
	maxPerSecond = 1 << 20
)

// outputLog logs the output of one function's processes, up to a bound, and how much
// it dropped.
type outputLog struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	second  time.Time // when the current one began
	written int       // in it
	dropped int       // since it was last logged
}

func newOutputLog(log *slog.Logger) *outputLog { return &outputLog{log: log, now: time.Now} }

// origin is where a text of a function comes from.
type origin struct {
	stream  string // stdout or stderr; "" for a message with a level
	level   string // the protocol's; "" for a stream
	request string // the id of the request that it belongs to; "" if that is not known
}

// write logs a text, of which cut bytes have been cut off, as one record.
func (o *outputLog) write(text string, cut int, from origin) {
	if len(text) > maxLine {
		text, cut = text[:maxLine], cut+len(text)-maxLine
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if now.Sub(o.second) >= time.Second || now.Before(o.second) {
		o.second, o.written = now, 0
		o.report()
	}
	if o.written += len(text) + 1; o.written > maxPerSecond {
		o.dropped += len(text) + cut
		return
	}
	o.dropped += cut
	// Whatever its level: it is for the function to say what is logged.
	_ = o.log.Handler().Handle(context.Background(), newRecord(text, from, now)) // there is no other log for the error
}

// flush logs what was dropped.
func (o *outputLog) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.report()
}

func (o *outputLog) report() {
	if o.dropped > 0 {
		o.log.Warn("function logs too much, some of it was dropped", "bytes", o.dropped)
		o.dropped = 0
	}
}

// settled is how long a stack waits for another line.
const settled = 250 * time.Millisecond

// lines logs the lines of one source. Those of a stack are held back until it is
// complete.
type lines struct {
	to *outputLog

	mu    sync.Mutex
	held  []string
	from  origin // of the lines held
	size  int    // of the lines held, in bytes
	cut   int    // bytes that were cut off
	stack stack
	timer *time.Timer // nil before it is needed
}

// add takes a line, of which cut bytes have been cut off.
func (l *lines) add(text string, cut int, from origin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) > 0 && (from != l.from || !l.stack.continues(text)) {
		l.release()
	}
	if len(l.held) == 0 {
		if l.stack = beginStack(text); l.stack.kind == noStack {
			l.to.write(text, cut, from)
			return
		}
	}
	l.from, l.cut = from, l.cut+cut
	if l.size += len(text) + 1; l.size <= maxLine {
		l.held = append(l.held, text)
	} else {
		l.cut += len(text) + 1
	}
	if l.timer == nil {
		l.timer = time.AfterFunc(settled, l.flush)
	} else {
		l.timer.Reset(settled)
	}
}

// flush logs the lines held back.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release()
}

func (l *lines) release() {
	if text := strings.Join(l.held, "\n"); l.stack.found {
		l.to.write(text, l.cut, l.from)
	} else { // they only looked like the beginning of a stack
		for _, line := range l.held {
			l.to.write(line, l.cut, l.from)
			l.cut = 0
		}
	}
	l.held, l.size, l.cut, l.stack = nil, 0, 0, stack{}
}

// message logs the text of an IPC message: lines of a stream, or one record at a level.
func (l *lines) message(text string, from origin) {
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && utf8.Valid(data) {
		text = string(data)
	}
	if from.stream == "" {
		l.flush()
		l.to.write(strings.TrimRight(text, "\r\n"), 0, from)
		return
	}
	for line := range strings.Lines(text) {
		l.add(strings.TrimRight(line, "\r\n"), 0, from)
	}
}

// stream is the standard output or error of a process.
type stream struct {
	lines
	name string
	mu   sync.Mutex
	rest []byte // an incomplete line, up to maxLine
	over int    // how many bytes of it were cut off
}

func newStream(to *outputLog, name string) *stream { return &stream{lines: lines{to: to}, name: name} }

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		room := min(len(line), maxLine-len(s.rest))
		s.rest, s.over = append(s.rest, line[:room]...), s.over+len(line)-room
		if ended {
			s.end()
		}
		rest = after
	}
	return len(p), nil
}

// end takes the line as complete.
func (s *stream) end() {
	s.add(strings.TrimRight(string(s.rest), "\r"), s.over, origin{stream: s.name})
	s.rest, s.over = s.rest[:0], 0
}

// close logs a last line without a newline.
func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) > 0 {
		s.end()
	}
	s.rest = nil
	s.flush()
}

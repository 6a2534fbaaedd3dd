package function

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Bounds of what one function may log, in bytes.
const (
	maxLine      = 64 << 10 // of one line
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

// line logs one line, of which cut bytes have been cut off.
func (o *outputLog) line(level slog.Level, text string, cut int, args ...any) {
	if len(text) > maxLine {
		text, cut = text[:maxLine], cut+len(text)-maxLine
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.now(); now.Sub(o.second) >= time.Second || now.Before(o.second) {
		o.second, o.written = now, 0
		o.report()
	}
	if o.written += len(text) + 1; o.written > maxPerSecond {
		o.dropped += len(text) + cut
		return
	}
	o.dropped += cut
	o.log.Log(context.Background(), level, text, args...)
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

// message logs the text of an IPC message: of a stream, or at a level.
func (o *outputLog) message(text, stream, level string) {
	if stream != "" {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			data = []byte(text)
		}
		for line := range strings.Lines(string(data)) {
			o.line(slog.LevelInfo, strings.TrimRight(line, "\r\n"), 0, "stream", stream)
		}
		return
	}
	levels := map[string]slog.Level{"trace": slog.LevelDebug, "debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError, "fatal": slog.LevelError}
	o.line(levels[level], strings.TrimRight(text, "\n"), 0)
}

// stream is the standard output or error of a process.
type stream struct {
	to   *outputLog
	name string
	mu   sync.Mutex
	rest []byte // an incomplete line, up to maxLine
	cut  int    // how many bytes were cut off
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		room := min(len(line), maxLine-len(s.rest))
		s.rest, s.cut = append(s.rest, line[:room]...), s.cut+len(line)-room
		if ended {
			s.end()
		}
		rest = after
	}
	return len(p), nil
}

// end logs a complete line.
func (s *stream) end() {
	s.to.line(slog.LevelInfo, strings.TrimRight(string(s.rest), "\r"), s.cut, "stream", s.name)
	s.rest, s.cut = s.rest[:0], 0
}

// close logs a last line without a newline.
func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) > 0 {
		s.end()
	}
	s.rest = nil
}

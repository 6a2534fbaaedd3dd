package renderer

import (
	"io"
	"os"
	"sync"
)

// SharedLog is w for several goroutines: a program's standard output and error
// come separately, and programs come together. For nil it discards.
func SharedLog(w io.Writer) io.Writer {
	switch w := w.(type) {
	case nil:
		return io.Discard
	case *os.File, *sharedLog:
		return w
	}
	return &sharedLog{out: w}
}

type sharedLog struct {
	mu  sync.Mutex
	out io.Writer
}

// Write implements io.Writer.
func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

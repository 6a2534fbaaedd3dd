package golang

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// tail passes on what is written to it, and keeps the end of it.
type tail struct {
	mu   sync.Mutex
	out  io.Writer
	text []byte
	mute bool // what comes responds to SIGQUIT, and nobody needs to read it
}

// maxTail is more than the Go runtime prints of a goroutine that panicked.
const maxTail = 1 << 20 // bytes

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text = append(t.text, b...); len(t.text) > 2*maxTail {
		t.text = append(t.text[:0], t.text[len(t.text)-maxTail:]...)
	}
	if t.mute = t.mute || bytes.HasPrefix(b, []byte("SIGQUIT: ")); t.mute {
		return len(b), nil
	}
	return t.out.Write(b)
}

// report is what the Go runtime printed last about the end of the program: a
// reason, in the first line, and the stacks of goroutines; "" when it did not.
func (t *tail) report() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := "\n" + string(t.text)
	start := max(strings.LastIndex(text, "\npanic: "), strings.LastIndex(text, "\nfatal error: "), strings.LastIndex(text, "\nSIGQUIT: "))
	// A page may say "panic: " by itself; the runtime goes on with a stack.
	if start < 0 || !strings.Contains(text[start:], "\ngoroutine ") {
		return ""
	}
	return text[start+1:]
}

// lastLine is the last line that says something.
func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.text))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

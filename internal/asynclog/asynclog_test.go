package asynclog

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate is an output that takes nothing until it is opened.
type gate struct {
	open    chan struct{}
	began   chan struct{} // something waits to be written
	once    sync.Once
	mu      sync.Mutex
	written bytes.Buffer
}

func newGate() *gate { return &gate{open: make(chan struct{}), began: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	g.once.Do(func() { close(g.began) })
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.Write(p)
}

// TestOrder logs from several goroutines to an output that is written to at once: all is
// there when the Writer is closed, each goroutine's lines in their order.
func TestOrder(t *testing.T) {
	g := newGate()
	close(g.open)
	w := New(g, func(lines int) { t.Errorf("%d lines were dropped", lines) })
	var logging sync.WaitGroup
	for n := range 4 {
		logging.Go(func() {
			for i := range 1000 {
				fmt.Fprintf(w, "%d %d\n", n, i)
			}
		})
	}
	logging.Wait()
	w.Close(time.Minute)
	next := [4]int{}
	for line := range strings.Lines(g.written.String()) {
		var n, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &n, &i); err != nil || next[n] != i {
			t.Fatalf("%q comes after %d, %v", line, next[n]-1, err)
		}
		next[n]++
	}
	if next != [4]int{1000, 1000, 1000, 1000} {
		t.Errorf("there are %v lines", next)
	}
}

// TestStopped logs to an output that takes nothing: nobody waits, the memory has a bound,
// and when it takes lines again these are whole, with a count of those that are missing.
func TestStopped(t *testing.T) {
	g := newGate()
	var w *Writer
	w = New(g, func(lines int) { slog.New(slog.NewTextHandler(w, nil)).Warn("dropped", "lines", lines) })
	line := strings.Repeat("x", 1023) + "\n"
	fmt.Fprint(w, line)
	<-g.began
	const more = 3 * maxPending / 1024
	for range more {
		if n, err := fmt.Fprint(w, line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	w.mu.Lock()
	if size := cap(w.pending); size > 2*maxPending {
		t.Errorf("%d bytes wait", size)
	}
	lost := w.lost
	w.mu.Unlock()
	if lost != more-maxPending/1024 {
		t.Errorf("%d lines are lost", lost)
	}
	w.Close(time.Millisecond) // not for ever
	close(g.open)
	<-w.done
	g.mu.Lock()
	defer g.mu.Unlock()
	got := g.written.String()
	if n := strings.Count(got, line); n != 1+maxPending/1024 || !strings.HasSuffix(got, fmt.Sprintf(" lines=%d\n", lost)) || strings.Count(got, "\n") != n+1 {
		t.Errorf("%d lines are whole, and the end is %q", n, got[max(0, len(got)-100):])
	}
}

// TestDropped checks that dropped lines are counted where there is room again.
func TestDropped(t *testing.T) {
	g := newGate()
	counted := make(chan int, 1)
	var w *Writer
	w = New(g, func(lines int) {
		fmt.Fprintf(w, "%d are missing\n", lines)
		counted <- lines
	})
	fmt.Fprint(w, "first\n")
	<-g.began
	fmt.Fprint(w, strings.Repeat("x", maxPending-1)+"\n")
	fmt.Fprint(w, "one\ntwo\n")
	fmt.Fprint(w, "three\n")
	close(g.open)
	if lines := <-counted; lines != 3 {
		t.Errorf("%d lines were dropped", lines)
	}
	fmt.Fprint(w, "last\n")
	w.Close(time.Minute)
	fmt.Fprint(w, "too late\n")
	if got := g.written.String(); !strings.HasPrefix(got, "first\nxxx") || !strings.HasSuffix(got, "x\n3 are missing\nlast\n") {
		t.Errorf("written: %.20q … %.40q", got, got[max(0, len(got)-40):])
	}
}

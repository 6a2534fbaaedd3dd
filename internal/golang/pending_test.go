package golang

import (
	"bufio"
	"io"
	"testing"
	"time"
)

// TestPending has jobs that are not answered: they are named, and named again
// when some of them have been.
func TestPending(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	p := newPending(w, time.Millisecond)
	defer p.stop()
	for i, path := range []string{"/a", "/b", "/c", "/d", "/e"} {
		p.add(i, path)
	}
	lines := bufio.NewScanner(r)
	waitFor := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("never wrote %q: %v", want, lines.Err())
	}
	waitFor("jargo: still waiting for /a, /b, /c and 2 more")
	for i := range 3 {
		p.remove(i)
	}
	waitFor("jargo: still waiting for /d, /e")
	if got := p.jobs(); len(got) != 2 || got[0] != 3 || got[1] != 4 || p.len() != 2 {
		t.Errorf("the jobs that wait are %v", got)
	}
}

package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress shows how many pages are rendered: one line on a terminal, and only
// while a worthwhile part of the work is left.
type progress struct {
	out     io.Writer  // nil when it is not a terminal
	width   func() int // of the terminal, in columns
	now     func() time.Time
	started time.Time
	drawn   time.Time // when the line was last drawn
	columns int       // that the line takes; 0 when there is none
}

const (
	// worthwhile is how much rendering must be left for the line to appear.
	worthwhile = time.Second
	// redrawAfter is how long a line stays as it is: what changes more often
	// cannot be read.
	redrawAfter = 100 * time.Millisecond
)

func newProgress(w io.Writer) *progress {
	p := &progress{now: time.Now}
	if isTerminal(w) {
		p.out, p.width = w, func() int { return terminalWidth(w.(*os.File)) }
	}
	return p
}

// update takes the number of pages rendered and of all pages.
func (p *progress) update(done, total int) {
	if p.out == nil {
		return
	}
	now := p.now()
	if p.started.IsZero() {
		p.started = now
		return
	}
	if p.drawn.IsZero() && remaining(now.Sub(p.started), done, total) < worthwhile {
		return
	}
	if now.Sub(p.drawn) < redrawAfter {
		return
	}
	// A line that reaches the last column may be continued on the next one.
	line := fmt.Sprintf("rendering %d/%d", done, total)
	line = line[:max(0, min(len(line), p.width()-1))]
	p.finish()
	fmt.Fprint(p.out, line) // a terminal that is gone is no reason to stop
	p.columns, p.drawn = len(line), now
}

// finish erases the line.
func (p *progress) finish() {
	if p.columns > 0 {
		fmt.Fprintf(p.out, "\r%*s\r", p.columns, "")
		p.columns = 0
	}
}

// remaining is how long the rest takes at the pace so far.
func remaining(spent time.Duration, done, total int) time.Duration {
	if done == 0 {
		return 0
	}
	return spent * time.Duration(total-done) / time.Duration(done)
}

// terminalWidth is the number of a terminal's columns: the usual 80 for one
// that does not know it.
func terminalWidth(f *os.File) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

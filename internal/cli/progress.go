package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how much of the rendering is done, on a terminal and only
// while a worthwhile part of it is left.
type progress struct {
	out     io.Writer // nil: not a terminal
	started time.Time
	bar     *progressbar.ProgressBar
}

// worthwhile is how much rendering must be left for the bar to appear.
const worthwhile = time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{}
	if isTerminal(w) {
		p.out = w
	}
	return p
}

// update takes the number of pages rendered and of all pages.
func (p *progress) update(done, total int) {
	if p.out == nil {
		return
	}
	if p.started.IsZero() {
		p.started = time.Now()
		return
	}
	if p.bar == nil {
		if remaining(time.Since(p.started), done, total) < worthwhile {
			return
		}
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetDescription("rendering"),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = p.bar.Set(done) // a terminal that is gone is no reason to stop
}

// finish removes the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// remaining is how long the rest takes at the pace so far.
func remaining(spent time.Duration, done, total int) time.Duration {
	if done == 0 {
		return 0
	}
	return spent * time.Duration(total-done) / time.Duration(done)
}

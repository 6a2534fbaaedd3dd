package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// screen is the line of a terminal that the cursor is on.
type screen struct {
	width  int
	cells  []byte
	column int
	shown  []string // what there was to read after each write
	wraps  int
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	for _, c := range p {
		if c == '\r' {
			s.column = 0
			continue
		}
		if s.column == s.width {
			s.wraps++
			s.column = 0
		}
		for len(s.cells) <= s.column {
			s.cells = append(s.cells, ' ')
		}
		s.cells[s.column] = c
		s.column++
	}
	s.shown = append(s.shown, strings.TrimRight(string(s.cells), " "))
	return len(p), nil
}

// render renders a thousand pages, each of which takes some time, on a screen.
func render(s *screen, each time.Duration) {
	now := time.Now()
	p := &progress{out: s, width: func() int { return s.width }, now: func() time.Time { return now }}
	for done := range 1000 {
		now = now.Add(each)
		p.update(done+1, 1000)
	}
	p.finish()
}

func TestProgress(t *testing.T) {
	s := &screen{width: 80}
	render(s, 10*time.Millisecond) // 10 s
	if !slices.Contains(s.shown, "rendering 502/1000") {
		t.Errorf("with seconds left, the terminal shows %q", s.shown)
	}
	lines := slices.DeleteFunc(slices.Clone(s.shown), func(line string) bool { return line == "" })
	if len(lines) < 90 || len(lines) > 100 {
		t.Errorf("the line is drawn %d times in 10 s", len(lines))
	}
	if last := s.shown[len(s.shown)-1]; last != "" || s.wraps > 0 {
		t.Errorf("%q is left behind, after %d wraps", last, s.wraps)
	}
}

func TestProgressIsNarrow(t *testing.T) {
	s := &screen{width: 15}
	render(s, 10*time.Millisecond)
	if !slices.Contains(s.shown, "rendering 502/") || s.wraps > 0 {
		t.Errorf("the terminal shows %q with %d wraps", s.shown, s.wraps)
	}
}

func TestProgressIsNotWorthwhile(t *testing.T) {
	s := &screen{width: 80}
	if render(s, time.Microsecond); len(s.shown) > 0 {
		t.Errorf("with nothing to wait for, the terminal shows %q", s.shown)
	}
}

func TestProgressInFile(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.update(1, 1000)
	p.started = p.started.Add(-time.Hour)
	p.update(2, 1000)
	p.finish()
	if got := out.String(); got != "" {
		t.Errorf("a file gets %q", got)
	}
}

func TestRemaining(t *testing.T) {
	if got := remaining(time.Second, 10, 40); got != 3*time.Second {
		t.Errorf("%v are left, want 3s", got)
	}
	if got := remaining(time.Second, 0, 40); got != 0 {
		t.Errorf("%v are left before there is a pace", got)
	}
}

func TestTexts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "1m", time.Hour: "1h", 90 * time.Second: "1m30s", 5 * time.Second: "5s", 70 * time.Minute: "1h10m", 10 * time.Second: "10s",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1992: "2.0 kB", 8_638_626: "8.6 MB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d bytes are written %q, want %q", n, got, want)
		}
	}
}

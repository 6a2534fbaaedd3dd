package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestProgress takes a tenth of the pages in half a second, so that 4.5 seconds
// are left, and then in half a millisecond.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out, started: time.Now().Add(-500 * time.Millisecond)}
	p.update(100, 1000)
	p.update(1000, 1000)
	p.finish()
	if got := out.String(); !strings.Contains(got, "rendering") || !strings.Contains(got, "100/1000") {
		t.Errorf("with seconds left, the terminal shows %q", got)
	}
	out.Reset()
	p = &progress{out: &out, started: time.Now().Add(-500 * time.Microsecond)}
	p.update(900, 1000)
	p.finish()
	if got := out.String(); got != "" {
		t.Errorf("with nothing to wait for, the terminal shows %q", got)
	}
	p = newProgress(&out) // no terminal
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
		if got := duration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1992: "2.0 kB", 8_638_626: "8.6 MB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are written %q, want %q", n, got, want)
		}
	}
}

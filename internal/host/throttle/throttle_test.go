package throttle

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestWarn(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	l := New(slog.New(slog.NewTextHandler(&out, nil)), time.Minute, func() time.Time { return now })
	said := func(want ...string) {
		t.Helper()
		var got []string
		for line := range strings.Lines(out.String()) {
			_, text, _ := strings.Cut(strings.TrimSpace(line), "msg=")
			got = append(got, text)
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("the log says %q, want %q", got, want)
		}
		out.Reset()
	}
	for range 100 {
		l.Warn("/a", "failed", "page", "/a")
	}
	l.Warn("/b", "failed", "page", "/b")
	l.Warn("/a", "slow", "page", "/a")
	said("failed page=/a", "failed page=/b", "slow page=/a")
	now = now.Add(time.Minute)
	l.Warn("/a", "failed", "page", "/a")
	l.Warn("/b", "failed", "page", "/b")
	said("failed page=/a repeated=99", "failed page=/b")
	now = now.Add(-time.Hour) // the clock was set back
	l.Warn("/a", "failed", "page", "/a")
	said("failed page=/a")
}

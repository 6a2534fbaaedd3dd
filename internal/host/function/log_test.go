package function

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// logged is what an outputLog has written, without times.
func logged(t *testing.T, write func(o *outputLog, advance func(time.Duration))) []string {
	t.Helper()
	var text bytes.Buffer
	o := newOutputLog(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})))
	now := time.Unix(1_800_000_000, 0)
	o.now = func() time.Time { return now }
	write(o, func(d time.Duration) { now = now.Add(d) })
	return strings.Split(strings.TrimSpace(text.String()), "\n")
}

func TestOutputLines(t *testing.T) {
	got := logged(t, func(o *outputLog, _ func(time.Duration)) {
		s := newStream(o, "stdout")
		fmt.Fprint(s, "one\ntw")
		fmt.Fprint(s, "o\r\n\nthree")
		messages := &lines{to: o}
		messages.message("aGVsbG8KdGhlcmUK", origin{stream: "stderr", request: "iad1::7"})
		messages.message("careful\n", origin{level: "warn"})
		s.close()
		s.close()
	})
	want := []string{"msg=one stream=stdout", "msg=two stream=stdout", `msg="" stream=stdout`, "msg=hello stream=stderr id=iad1::7", "msg=there stream=stderr id=iad1::7",
		"msg=careful", "msg=three stream=stdout"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOutputLongLine writes a line of 1 MB in small pieces: it is truncated, and the
// next line is not.
func TestOutputLongLine(t *testing.T) {
	got := logged(t, func(o *outputLog, _ func(time.Duration)) {
		s := newStream(o, "stdout")
		for range 1000 {
			fmt.Fprint(s, strings.Repeat("x", 1000))
			if cap(s.rest) > 4*maxLine {
				t.Fatalf("%d bytes of a line are kept", cap(s.rest))
			}
		}
		fmt.Fprint(s, "\nnext\n")
		o.flush()
	})
	if len(got) != 3 || len(got[0]) != len("msg= stream=stdout")+maxLine || got[1] != "msg=next stream=stdout" ||
		!strings.Contains(got[2], fmt.Sprintf("bytes=%d", 1_000_000-maxLine)) {
		t.Errorf("%d lines of the log; after the first: %.300q", len(got), got[1:])
	}
}

func TestOutputOfASecond(t *testing.T) {
	line := strings.Repeat("x", 1023)
	got := logged(t, func(o *outputLog, advance func(time.Duration)) {
		s := newStream(o, "stdout")
		for range 3000 {
			fmt.Fprintln(s, line)
		}
		advance(time.Second)
		fmt.Fprintln(s, "later")
	})
	if len(got) != 1024+2 {
		t.Fatalf("%d lines are logged, want 1 MB of them", len(got))
	}
	if !strings.Contains(got[1024], fmt.Sprintf("bytes=%d", (3000-1024)*1023)) || got[1025] != "msg=later stream=stdout" {
		t.Errorf("then %q", got[1024:])
	}
}

package supervisor

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/jsonlog"
)

// TestRelay: a handler gets the records that a program's has written, and the rest of the
// program's log goes on as it is.
func TestRelay(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.UTC)
	log := func(h slog.Handler) {
		record := func(level slog.Level, message string, attrs ...slog.Attr) slog.Record {
			r := slog.NewRecord(at, level, message, 0)
			r.AddAttrs(attrs...)
			return r
		}
		function := h.WithAttrs([]slog.Attr{slog.String("function", "/about")})
		for _, err := range []error{
			h.Handle(t.Context(), record(slog.LevelInfo, "request", slog.Duration("duration", 1500*time.Microsecond), slog.Int("status", 200), slog.Duration("start", time.Millisecond))),
			function.Handle(t.Context(), record(slog.LevelError, "panic: \"x\"\n<b>", slog.String("stack", "a\n\tb"), slog.Float64("share", 0.5))),
			h.Handle(t.Context(), record(slog.LevelWarn+1, "", slog.Any("list", []string{"a", "b"}), slog.Bool("is", true))),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var direct, written, relayed bytes.Buffer
	log(slog.NewTextHandler(&direct, nil))
	log(jsonlog.New(&written))
	const other = "no record\n{\"half\": 1\n[1]\nan end"
	written.WriteString(other)

	file := filepath.Join(t.TempDir(), "stderr")
	stderr, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	go func() {
		defer to.Close()
		_, _ = to.Write(written.Bytes()) // what is missing shows
	}()
	s := &Supervisor{Stderr: stderr, Relay: slog.NewTextHandler(&relayed, nil)}
	s.relay(from)
	if relayed.String() != direct.String() {
		t.Errorf("relayed are\n%swant\n%s", &relayed, &direct)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != other {
		t.Errorf("the rest is %q, %v; want %q", text, err, other)
	}
}

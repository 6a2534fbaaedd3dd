package cli

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/jargo-dev/jargo/internal/asynclog"
)

// logFormat is the value of --log.
type logFormat string

const (
	logText logFormat = "text"
	logJSON logFormat = "json"
)

func (f *logFormat) String() string { return string(*f) }
func (f *logFormat) Type() string   { return "format" }
func (f *logFormat) Set(s string) error {
	if s != string(logText) && s != string(logJSON) {
		return errors.New("the log is text or json")
	}
	*f = logFormat(s)
	return nil
}

// logPatience is how long the command waits for its last log lines to be written.
const logPatience = 2 * time.Second

// start returns what log records are written to, which no request waits for, until close
// is called.
func (f logFormat) start(stderr io.Writer) (w io.Writer, close func()) {
	var log *asynclog.Writer
	log = asynclog.New(stderr, func(lines int) {
		slog.New(f.handler(log, nil)).Warn("lines of the log are missing: what it is written to is too slow", "lines", lines)
	})
	return log, func() { log.Close(logPatience) }
}

// handler writes log records to w: for a person on a terminal, with sources as
// newTerminal has them.
func (f logFormat) handler(w io.Writer, sources map[string]string) slog.Handler {
	if f == logJSON {
		return slog.NewJSONHandler(w, nil)
	}
	if isTerminal(w) {
		return newTerminal(w, sources)
	}
	return slog.NewTextHandler(w, nil)
}

func isTerminal(w io.Writer) bool {
	if log, ok := w.(*asynclog.Writer); ok {
		w = log.Out()
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

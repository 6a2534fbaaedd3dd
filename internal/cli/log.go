package cli

import (
	"errors"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
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
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

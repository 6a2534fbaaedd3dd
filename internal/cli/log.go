package cli

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/jargo-dev/jargo/internal/asynclog"
)

// textLog writes log records to w as text: for a person on a terminal, with sources as
// newTerminal has them.
func textLog(w io.Writer, sources map[string]string) slog.Handler {
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

package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"runtime"
	"strings"
)

// The errors of package jargo, known by their methods: a site may import
// another version of jargo than the engine's, or none.
type (
	notFoundError interface {
		error
		NotFoundPage()
	}
	redirectError interface {
		error
		RedirectTo() (url string, code int)
	}
)

func isNotFound(err error) bool {
	var e notFoundError
	return errors.As(err, &e)
}

// panicError is a recovered panic.
type panicError struct {
	value  any
	frames []Frame // innermost first
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func (e *panicError) stack() string {
	var b strings.Builder
	for _, f := range e.frames {
		fmt.Fprintf(&b, "\n\t%s\n\t\t%s:%d", f.Func, f.File, f.Line)
	}
	return b.String()
}

// isAbort reports whether the page panicked with http.ErrAbortHandler, which
// asks the server to drop the connection without a word.
func isAbort(err error) bool {
	var e *panicError
	return errors.As(err, &e) && e.value == http.ErrAbortHandler
}

func isPanic(err error) bool {
	var e *panicError
	return errors.As(err, &e)
}

// recovered must be deferred. It turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = &panicError{v, panicFrames()}
	}
}

// ownPrefix is how the names of the engine's functions begin. The engine does
// not know its import path, which is the site's affair.
func ownPrefix() string {
	pc, _, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(runtime.FuncForPC(pc).Name(), "ownPrefix")
}

// panicFrames returns the calls between the panic and the method of page, or of
// Site, that ran the site's code. It must be called while the stack of the panic is there.
func panicFrames() []Frame {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	prefix := ownPrefix()
	var list []Frame
	panicked := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime.") && len(list) == 0:
			panicked = panicked || f.Function == "runtime.gopanic"
		case strings.HasPrefix(f.Function, prefix+"(*page)."), f.Function == prefix+"Site.open":
			return list
		case panicked:
			list = append(list, Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
	}
	return list
}

// newFailure describes an error of a page to the front end.
func newFailure(in string, err error) *Failure {
	if err == nil {
		return nil
	}
	var p *panicError
	if errors.As(err, &p) {
		cause, _ := p.value.(error)
		return &Failure{In: in, Type: Panic, Message: fmt.Sprint(p.value), Missing: missingFile(cause), Frames: p.frames}
	}
	f := &Failure{In: in, Message: errorText(err), Missing: missingFile(err)}
	var placed placedError
	if errors.As(err, &placed) {
		if file, line, col := placed.Place(); line > 0 {
			f.Message = strings.TrimPrefix(f.Message, fmt.Sprintf("%s:%d:%d: ", file, line, col))
			f.Frames = []Frame{{File: file, Line: line, Col: col}}
		}
	}
	return f
}

// placedError is an error of a template, which says where it is.
type placedError interface {
	error
	Place() (file string, line, col int)
}

// missingFile is the file that an error says there is not, or "".
func missingFile(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) && errors.Is(e, fs.ErrNotExist) {
		return e.Path
	}
	return ""
}

// errorText is what a page's error says. It is the page's code that says it.
func errorText(err error) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprintf("an error of type %T, whose Error method panics: %v", err, v)
		}
	}()
	return err.Error()
}

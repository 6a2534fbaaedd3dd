package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Site is a compiled site, as the generated main package has it.
type Site struct {
	// Open is called before anything else of the site, in each process. Its context
	// is cancelled when the process is asked to end, and what it returns is closed
	// after the last request. It may be nil.
	Open func(context.Context) (io.Closer, error)
	// Pages come in the order of their precedence.
	Pages []Page
}

// open calls Open. As the methods of page do, it turns a panic into an error, whose
// frames end here.
func (s Site) open(ctx context.Context) (c io.Closer, err error) {
	if s.Open == nil {
		return nil, nil
	}
	defer recovered(&err)
	err = errNilPanic
	if c, err = s.Open(ctx); err != nil {
		c = nil // what comes with an error is nothing to close, as everywhere in Go
	}
	return c, err
}

// closeOpened closes what Open returned, and says what went wrong.
func closeOpened(c io.Closer) (failure string) {
	if c == nil {
		return ""
	}
	err := func() (err error) {
		defer recovered(&err)
		err = errNilPanic
		return c.Close()
	}()
	if err == nil {
		return ""
	}
	return "Close of what Open returned: " + describeError(err)
}

// describeError is the text of an error of the site's code for the log: with the
// stack of a panic.
func describeError(err error) string {
	text := errorText(err)
	var panicked *panicError
	if errors.As(err, &panicked) {
		text += panicked.stack()
	}
	return text
}

// openError is what becomes of an error of Open in a function.
func openError(err error) error { return fmt.Errorf("call Open: %s", describeError(err)) }

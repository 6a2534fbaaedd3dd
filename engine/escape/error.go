package escape

import "strconv"

// Error is a failure of a template at a place. File is relative to the site, with
// slashes; Line and Col are 1-based, and 0 if they are not known.
type Error struct {
	File      string
	Line, Col int
	Message   string // what went wrong, before what Err says
	Err       error  // the cause, may be nil
}

// Error returns, for example, "pages/blog/page.html:3:14: message".
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
		if e.Col > 0 {
			s += ":" + strconv.Itoa(e.Col)
		}
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Place returns where the template failed.
func (e *Error) Place() (file string, line, col int) { return e.File, e.Line, e.Col }

package template

import (
	"errors"
	"fmt"
	html "html/template"
	"strconv"
	"strings"
)

// Error is a failure of a template at a place.
type Error struct {
	File    string // below the project
	Line    int    // 0 when it is not known
	Col     int    // in bytes, from 1; 0 when it is not known
	Message string
	Err     error
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Message
	case e.Col == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// Place is where the template failed.
func (e *Error) Place() (file string, line, col int) { return e.File, e.Line, e.Col }

// NewError takes the place out of the text of an error of package html/template or
// text/template: "template: pages/page.html:3:4: …" or without the column.
func NewError(err error) *Error {
	e := &Error{Message: err.Error(), Err: err}
	rest, is := strings.CutPrefix(e.Message, "html/template:")
	if is {
		rest = strings.TrimPrefix(rest, " ")
	} else if rest, is = strings.CutPrefix(e.Message, "template: "); !is {
		return e
	}
	file, rest, _ := strings.Cut(rest, ":")
	number, message, _ := strings.Cut(rest, ":")
	line, parseErr := strconv.Atoi(number)
	if parseErr != nil {
		return e
	}
	e.File, e.Line = file, line
	if number, rest, more := strings.Cut(message, ":"); more {
		if col, err := strconv.Atoi(number); err == nil {
			e.Col, message = col+1, rest // package template counts from 0
		}
	}
	e.Message = strings.TrimPrefix(message, " ")
	if rest, is := strings.CutPrefix(e.Message, "executing "); is {
		// The name is that of the template, which is the file's or does not help more.
		if _, at, found := strings.Cut(rest, " at "); found {
			e.Message = at
		}
	}
	var escaping *html.Error
	if errors.As(err, &escaping) {
		e.Message = escaping.Description
	}
	return e
}

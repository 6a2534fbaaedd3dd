package golang

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// routeOf is the route of the page whose package a place is in.
func (l *language) routeOf(at diag.Pos) (string, bool) {
	for _, p := range l.Pages {
		if path.Dir(at.File) == path.Dir(p.Source.File) {
			return p.route.String(), true
		}
	}
	return "", false
}

// initLine is a call, on a stack, of what initialises a package: its variables, by
// the name init, or one of its functions init, by init.0.
var initLine = regexp.MustCompile(`(?m)^\S+?\.init(\.\d+)?(?:\.func[\d.]+)*\(.*\)\n\t(\S+\.go):(\d+)`)

// initPanic describes a panic of what initialises a package of the user's.
func (l *language) initPanic(report string) (diag.Diagnostic, bool) {
	reason, stack, _ := strings.Cut(report, "\n")
	_, stack, _ = strings.Cut(stack, "\ngoroutine ")
	stack, _, _ = strings.Cut(stack, "\n\n")
	for _, m := range initLine.FindAllStringSubmatch(stack, -1) {
		line, _ := strconv.Atoi(m[3])
		at, ok := l.Place(engine.Frame{File: m[2], Line: line})
		if !ok {
			continue
		}
		what := "a variable"
		if m[1] != "" {
			what = "func init"
		}
		of := "package " + path.Base(path.Dir(at.File))
		if route, ok := l.routeOf(at); ok {
			of = "the page " + route
		}
		fix := "packages are initialised when the program starts: correct it, or do it in Data, which can return an error"
		if places := l.places(stack); places[0] != at {
			fix += "\nit panics at " + places[0].String()
		}
		_, reason, _ = strings.Cut(reason, ": ")
		return diag.Diagnostic{Pos: at, Message: fmt.Sprintf("%s of %s panics: %s", what, of, reason), Fix: fix}, true
	}
	return diag.Diagnostic{}, false
}

package browser

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// maxShown is how many mistakes are shown with their source.
const maxShown = 50

// report is what is shown instead of a page.
type report struct {
	Title    string
	Problems []problem
	More     int    // mistakes that are not among them
	Rest     string // what is no mistake of a place
	Build    bool   // of a build, so that there may be a site behind it
	Text     string // for plain clients: what the terminal says
}

// problem is one mistake.
type problem struct {
	diag.Diagnostic
	Link   template.URL // opens the editor there; "" without a place
	Source []sourceLine
	Stack  []call
}

// call is a frame of a stack.
type call struct {
	Func string
	At   string
	Link template.URL // "" for code that is not the site's
}

func (b *Browser) buildReport(list diag.List, rest error) *report {
	list = list.Sorted()
	r := &report{Title: "The build failed", Build: true}
	switch {
	case len(list) == 1 && rest == nil:
		r.Title = "1 mistake"
	case rest == nil:
		r.Title = fmt.Sprintf("%d mistakes", len(list))
	}
	shown := list[:min(len(list), maxShown)]
	r.More = len(list) - len(shown)
	for _, d := range shown {
		r.Problems = append(r.Problems, b.problem(d))
	}
	var texts []string
	if len(list) > 0 {
		texts = append(texts, list.Error())
	}
	if rest != nil {
		r.Rest = rest.Error()
		texts = append(texts, r.Rest)
	}
	r.Text = strings.Join(texts, "\n") + "\n"
	return r
}

// failureReport is that of a page which has failed while it was rendered.
func (b *Browser) failureReport(f *engine.Failure) *report {
	b.mu.Lock()
	place := b.place
	b.mu.Unlock()
	title := "The page returned an error"
	switch f.Type {
	case "":
	case engine.Panic:
		title = "The page panicked"
	default:
		title = "The page raised " + f.Type
	}
	d := diag.Diagnostic{Message: f.Message, Fix: f.Fix}
	if f.In != "" {
		d.Message = f.In + ": " + d.Message
	}
	var stack []call
	var text strings.Builder
	for _, frame := range f.Frames {
		c := call{Func: path.Base(frame.Func), At: diag.Pos{File: frame.File, Line: frame.Line}.String()}
		if pos, ok := place(frame); ok {
			if d.Pos == (diag.Pos{}) {
				d.Pos = pos
			}
			c.At, c.Link = pos.String(), b.editorLink(pos)
		}
		if frame.Func == "" {
			continue // where the page is: no call
		}
		stack = append(stack, c)
		fmt.Fprintf(&text, "    %s\n        %s\n", c.Func, c.At)
	}
	p := b.problem(d)
	p.Stack = stack
	return &report{Title: title, Problems: []problem{p}, Text: title + "\n" + d.String() + "\n" + text.String()}
}

func (b *Browser) problem(d diag.Diagnostic) problem {
	return problem{Diagnostic: d, Link: b.editorLink(d.Pos), Source: b.source(d.Pos)}
}

// first is the first line of what is wrong.
func (r *report) first() string {
	line, _, _ := strings.Cut(r.Text, "\n")
	return line
}

//go:embed report.html
var reportText string

var reportPage = template.Must(template.New("report").Parse(reportText))

// show sends a report, to a browser as a page of state s.
func (b *Browser) show(w http.ResponseWriter, r *http.Request, s *state, shown *report) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !acceptsHTML(r) {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		w.Write([]byte(shown.Text))
		return
	}
	page := struct {
		*report
		Behind, At, To string
		Script         template.HTML
	}{report: shown, At: b.at(s), To: r.URL.RequestURI()}
	if shown.Build && s.good {
		page.Behind = behindPath
	}
	if isDocument(r) {
		page.Script = template.HTML(b.script(r, s, true))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	reportPage.Execute(w, page) // an error is the browser's end
}

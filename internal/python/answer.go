package python

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// loaded is the answer to a request to load a page.
type loaded struct {
	Render  bool            `json:"render"` // it has a function of that name
	Config  json.RawMessage `json:"config"` // what config returned, an object; nil without config
	Paths   *[]string       `json:"paths"`  // what paths returned; nil without paths
	Places  map[string]int  `json:"places"` // the lines of render, data, config and paths
	Failure *failure        `json:"failure"`
}

// at is where a page has the function of that name.
func (a *loaded) at(p *page, name string) diag.Pos {
	return diag.Pos{File: p.file, Line: max(1, a.Places[name]), Col: 1}
}

// sitePage makes the model's page of what a page said of itself.
func (p *Pages) sitePage(page *page, a *loaded, diags *diag.List) *site.Page {
	route := page.route.String()
	if f := a.Failure; f != nil {
		what, at := route, diag.Pos{File: page.file, Line: 1, Col: 1}
		if f.Step != "import" {
			what, at = f.Step+" of "+route, a.at(page, f.Step)
		}
		p.addFailure(f, what, at, loadFix(f), diags)
		return nil
	}
	if !a.Render {
		diags.Add(diag.Pos{File: page.file, Line: 1, Col: 1}, "write def render(): …, or, if it is no page, rename it to "+
			privateName(page.file)+" or move it out of pages/", "%s has no render", route)
		return nil
	}
	made := &site.Page{Route: page.route, Source: a.at(page, "render"), ConfigAt: a.at(page, "render"), Kind: site.Build, Words: &words}
	if a.Config != nil {
		made.ConfigAt = a.at(page, "config")
	}
	if a.Paths != nil {
		made.PathsAt, made.Values = a.at(page, "paths"), *a.Paths
	}
	if a.Config != nil && !readConfig(a.Config, made, diags) {
		return nil
	}
	if made.Limits.Runtime == p.runtime {
		made.Limits.Runtime = "" // the same function as without
	}
	return made
}

// privateName is the name of a file that is no page.
func privateName(file string) string {
	return "_" + file[strings.LastIndexByte(file, '/')+1:]
}

// words are what the authors of Python pages call the settings.
var words = site.Words{
	Paths:           "paths",
	AddPaths:        "add def paths() to list the values",
	MakeBuild:       "leave config out",
	MakeFresh:       `return {"fresh": {}} from config`,
	MakeRegenerated: `return {"regenerate": {"every": …}} from config`,
	Every:           func(seconds string) string { return `{"regenerate": {"every": ` + seconds + `}}` },
	NoFallback:      `"fallback": False`,
	Query:           "query",
	MaxDuration:     "max_duration",
	Memory:          "memory",
}

// rendered is the answer to a request to render a page.
type rendered struct {
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"`
	Size    int64       `json:"size"` // bytes
	Failure *failure    `json:"failure"`
}

// response makes the model's response.
func (a *rendered) response() *site.Response {
	header := http.Header{}
	for _, h := range a.Headers {
		header.Add(h[0], h[1])
	}
	return &site.Response{Status: a.Status, Header: header, Size: a.Size}
}

package router

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// FuzzRoute routes any path by any pattern and dest: it ends in time, and a path alone
// cannot redirect to another host.
func FuzzRoute(f *testing.F) {
	for _, seed := range [][3]string{
		{`^/a/([^/]+)$`, `/b/$1?x=$0`, "/a/b"}, {`(?<n>.*)`, "/$n$$1$", "/x"}, {`^(?!/api)(a+)+$`, "/$1", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"},
		{`^/(.*)/$`, "https://x.example/$1", "/a/"}, {`404/?`, "/404", "/404/"}, {`(?'q'x)\1[[:alpha:]]`, "?$q", "/xx"}, {`^/%41\/$`, "#", "/%41/"},
		{`a|b$`, "", "/"}, {`\Qa.b\E$`, "/", "/a.b"}, {`^/(?i)ABC$`, "/", "/abc"}, {`(((((x*)*)*)*)*)y`, "/", "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
	} {
		f.Add(seed[0], seed[1], seed[2], "k=v&k&%zz=+")
	}
	f.Fuzz(func(t *testing.T, src, dest, path, query string) {
		if !strings.HasPrefix(path, "/") || len(src) > 200 || len(path) > 2000 {
			t.Skip()
		}
		out := &output.Output{Entries: map[string]output.Entry{"a": &output.File{}}, Config: output.Config{Routes: []output.Route{
			{Src: src, Dest: dest, Check: true, Headers: map[string]string{"x-$1": "$0"}},
			{Src: src, Dest: dest, Continue: true, Has: []output.Condition{{Type: "query", Key: "k", Value: "(?<v>.*)"}}},
			{Handle: output.PhaseFilesystem},
			{Src: src, Dest: dest, Transforms: []output.Transform{{Type: "request.query", Op: "append", Target: &output.TransformTarget{Key: "k"}, Args: "$1"}}},
			{Handle: output.PhaseMiss},
			{Src: src, Dest: dest, Check: true},
			{Handle: output.PhaseRewrite},
			{Src: src, Dest: dest, Check: true},
		}}}
		table, err := Compile(out, Options{Getenv: func(string) string { return "" }})
		if err != nil {
			t.Skip()
		}
		start := time.Now()
		d := table.Route(&Request{Method: "GET", Host: "x", Path: path, Query: ParseQuery(query), Header: http.Header{}}, true)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("routing takes %v", took)
		}
		if d.Kind == Serve && d.Output != "a" {
			t.Errorf("output %q is not there", d.Output)
		}
		if d.Kind == Fail && d.Status < 400 {
			t.Errorf("failure with status %d", d.Status)
		}
	})
}

// FuzzAffix checks that affixes do not exclude what the pattern matches.
func FuzzAffix(f *testing.F) {
	for _, seed := range [][2]string{{`^/a/(.*)\.html$`, "/a/b.html"}, {`^/x\x2F$`, "/x/"}, {`^/(?i)abc$`, "/ABC"}, {`^/a[|]b$`, "/a|b"}, {`^/\\d$`, `/\d`}, {`^/\Qa.\E$`, "/a."}} {
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, src, path string, fold bool) {
		p, err := compileSource(src, fold)
		if err != nil || len(src) > 100 || len(path) > 100 || strings.ContainsFunc(path, func(r rune) bool { return r >= 0x80 }) {
			t.Skip()
		}
		program := p.program
		if program == nil {
			program = newLinear(translate(p.src), fold)
		}
		values, err := program.find(path, new(effort))
		if err != nil {
			t.Skip()
		}
		want := values != nil
		if _, got, _ := p.find(path, new(effort)); got != want {
			t.Errorf("%q on %q: %v with its affixes %q %q, %v without", src, path, got, p.prefix, p.suffix, want)
		}
	})
}

package router

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestLargeTable counts the routes that are tried in a large table.
func TestLargeTable(t *testing.T) {
	const n = 100_000
	out := &output.Output{Entries: map[string]output.Entry{"new": &output.File{}}}
	for i := range n / 4 {
		out.Config.Routes = append(out.Config.Routes,
			output.Route{Src: fmt.Sprintf("^/moved/page-%d$", i), Dest: "/new"},
			output.Route{Src: fmt.Sprintf("^/old/Section-%d/(.*)$", i), Dest: "/new"},
			output.Route{Src: fmt.Sprintf("^/([^/]+)/item-%d$", i), Dest: "/new"},
			output.Route{Src: fmt.Sprintf("bare-%d/?", i), Dest: "/new"})
	}
	table, err := Compile(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/moved/page-24999": 99996, "/MOVED/page-7": 28, "/old/section-24999/x": 99997, "/x/item-0": 2, "/x/ITEM-24999": 99998,
		"/bare-12/": 51, "/moved/page-25000": -1, "/": -1, "/bare/x": -1,
	} {
		d := table.Route(&Request{Method: "GET", Path: path, Header: http.Header{}}, false)
		if d.Route != want {
			t.Errorf("%s is decided by route %d, want %d", path, d.Route, want)
		}
		p, tried := table.phases[output.PhaseNull], 0
		for i, c := 0, p.candidates(path, nil); ; i, tried = i+1, tried+1 {
			if i = c.next(i); i < 0 {
				break
			}
		}
		if tried > 10 {
			t.Errorf("%s: %d routes are tried", path, tried)
		}
	}
	compiled := 0
	for _, r := range table.phases[output.PhaseNull].rules {
		if r.src.program != nil {
			compiled++
		}
	}
	if compiled > 50 {
		t.Errorf("%d regular expressions are compiled for a few requests", compiled)
	}
}

// linear returns a table that tries every route in turn: the reference.
func (t *Table) linear() *Table {
	plain := *t
	plain.phases = map[string]*phase{}
	for name, p := range t.phases {
		q := &phase{rules: p.rules}
		for i := range p.rules {
			q.others = append(q.others, int32(i))
		}
		plain.phases[name] = q
	}
	return &plain
}

// FuzzIndex compares the decisions of a table with those of one that tries every
// route.
func FuzzIndex(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		out := randomOutput(r)
		table, err := Compile(out, Options{CaseSensitive: r.IntN(4) == 0})
		if err != nil {
			t.Fatal(err)
		}
		linear := table.linear()
		for range 20 {
			path := randomPath(r)
			if r.IntN(3) == 0 {
				path += "/"
			}
			got := table.Route(&Request{Method: "GET", Path: path, Header: http.Header{}}, true)
			want := linear.Route(&Request{Method: "GET", Path: path, Header: http.Header{}}, true)
			got.effort, want.effort = effort{}, effort{}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s\ngot  %+v\nwant %+v\nof %+v", path, got, want, out.Config.Routes)
			}
		}
	})
}

var words = []string{"a", "A", "ab", "aB", "b", "a.b", "_next", "x-1", "é", "%C3%A9"}

func randomPath(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(3) {
		b.WriteString("/" + words[r.IntN(len(words))])
	}
	return b.String()
}

// randomSource returns a pattern that some of the paths match.
func randomSource(r *rand.Rand) string {
	src := ""
	for range 1 + r.IntN(3) {
		parts := []string{words[r.IntN(len(words))], `a\.b`, "([^/]+)", "([^/]+?)", "(?:a|b)", "(.*)", "a?", "ab*", "[ab]", "(?!a)[^/]+", `(a)\d?`}
		src += "/" + parts[r.IntN(len(parts))]
	}
	switch r.IntN(8) {
	case 0:
		return strings.TrimPrefix(src, "/") // bare
	case 1:
		return strings.TrimPrefix(src, "/") + "/?"
	case 2:
		return "^" + src + "|/b$"
	case 3:
		return "^(?:" + src + ")?/x-1$"
	}
	return "^" + src + "$"
}

func randomOutput(r *rand.Rand) *output.Output {
	out := &output.Output{Entries: map[string]output.Entry{"fn": &output.Function{}}}
	for range 4 {
		out.Entries[strings.TrimPrefix(randomPath(r), "/")] = &output.File{}
	}
	for _, phase := range []string{"", output.PhaseFilesystem, output.PhaseMiss, output.PhaseRewrite, output.PhaseHit, output.PhaseError} {
		if phase != "" {
			out.Config.Routes = append(out.Config.Routes, output.Route{Handle: phase})
		}
		for i := range r.IntN(12) {
			route := output.Route{Src: randomSource(r), CaseSensitive: r.IntN(3) == 0}
			if phase == output.PhaseHit || r.IntN(3) == 0 {
				route.Headers = map[string]string{fmt.Sprintf("x-%s-%d", phase, i): "$1$2"}
				route.Continue = true
			}
			if phase != output.PhaseHit && r.IntN(3) > 0 {
				route.Dest = []string{randomPath(r), "/$1", "/a$1", "/$2", "/fn"}[r.IntN(5)]
				route.Continue, route.Check = r.IntN(2) == 0, r.IntN(2) == 0
			}
			if r.IntN(6) == 0 && phase != output.PhaseHit {
				route.Status = 404
			}
			out.Config.Routes = append(out.Config.Routes, route)
		}
	}
	return out
}

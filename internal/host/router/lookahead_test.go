package router

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// aheads are unusual patterns with look-aheads.
var aheads = []string{
	`^(?!.*(.).*b$)/(a+)+$`, `^(?:/(?!a))*(.*)$`, `^(?:(?!b).)*$`, `^/(?=a(?!b))(\w)(.*)$`, `^/(?!a(?=b)|b(?!a))(.*)$`, `^/((?=[^/]*\.)[^/]+)/?(.*)$`,
	`^/(?![^/]*$)(.*)/(?!x)([^/]*)$`, `(?!/a)/.*`, `^/a(?!$)|/b$`, `^/(?=)(.*)$`, `^/(?!)(.*)$`, `^/[(?!a)]+(?!b)$`, `^/\(?!a(?!b)$`, `^/\Q(?!\E(?!a)$`,
	`^/(?:a(?=(?:b|c))|(?!a).){1,3}(.*)$`, `^/(?!(a)(b)?)(.*)$`, `^/(?i)(?!API)(.*)$`, `^/(?i:(?!A)b)(.*)$`, `^/(?!\bab\b)(.*)$`, `^/(?=^)?(.*)$`, `^/(.*)(?=$)$`, `^/(?!a)*b$`,
	`^(?=/[a-z]{2}/)(?!/en/)/([^/]+)/(.*)$`, `^/blog/(?<slug>(?!draft-)[^/]+?)(?:/(?=\d)(\d+))?/?$`,
}

var aheadSubjects = []string{
	"", "a", "/b", "/ba", "/bab", "/aaa", "/aab", "/abc", "/ab/x", "/ab/y.z", "/blog/draft-1", "/(?!a)", "/(!a", "/(?!", "/\n", "/a\nb", "/é", "/\xff", "/\u212a", "#",
}

// lines returns the lines of a file of testdata, without comments.
func lines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(s string) bool { return s == "" || strings.HasPrefix(s, "# ") })
}

// TestLookahead compares the engine for look-aheads with the backtracking one.
func TestLookahead(t *testing.T) {
	sources := slices.DeleteFunc(lines(t, "patterns.txt"), func(s string) bool { return !strings.Contains(s, "(?!") })
	subjects := append(lines(t, "subjects.txt"), aheadSubjects...)
	for _, src := range append(sources, aheads...) {
		for _, fold := range []bool{false, true} {
			p, err := compileSource(src, fold)
			if err != nil {
				t.Fatalf("%s: %v", src, err)
			}
			if _, ours := p.compiled().(*lookahead); !ours {
				t.Errorf("%s is run by %T", src, p.program)
			}
			sameAsBacktracking(t, p, false, subjects...)
		}
	}
}

// sameAsBacktracking checks that a pattern's engine finds the same in subjects as the
// backtracking one. It may only give up where the test says so.
func sameAsBacktracking(t *testing.T, p *pattern, mayGiveUp bool, subjects ...string) {
	t.Helper()
	reference, err := newBacktracking(p.src, p.fold)
	if err != nil {
		t.Fatalf("%s: %v", p.src, err)
	}
	program := p.compiled()
	if !slices.Equal(program.names(), reference.names()) {
		t.Errorf("%s has groups %q, want %q", p.src, program.names(), reference.names())
	}
	for _, s := range subjects {
		want, err := reference.find(s, new(effort))
		if err != nil {
			continue // it takes too long
		}
		got, err := program.find(s, new(effort))
		if mayGiveUp && errors.Is(err, errRunaway) {
			continue // TestLookaheadBound has when
		}
		if err != nil || (got == nil) != (want == nil) || !slices.Equal(got, want) {
			t.Errorf("%s (fold %v) on %q: %q, %v, want %q", p.src, p.fold, s, got, err, want)
		}
	}
}

// FuzzLookahead does the same with random patterns.
func FuzzLookahead(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed, "/aab/b.a")
	}
	f.Fuzz(func(t *testing.T, seed uint64, s string) {
		if len(s) > 100 {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(seed, 1))
		p, err := compile("^/"+randomAhead(r, 3)+"$", r.IntN(4) == 0)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.src, `\b`) && strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
			t.Skip() // to PCRE a word is ASCII, to the engine that backtracks it is not
		}
		subjects := []string{s}
		for range 10 {
			var b strings.Builder
			for range r.IntN(8) {
				b.WriteByte("ab/.A\n"[r.IntN(6)])
			}
			subjects = append(subjects, "/"+b.String())
		}
		sameAsBacktracking(t, p, true, subjects...)
	})
}

// randomAhead returns a regular expression that may have look-aheads. It repeats nothing
// that may be empty: the engines differ in how often they do that.
func randomAhead(r *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "/", ".", `\.`, "[ab]", "[^/]", `\w`, `\b`, "ab", "(a)", "(?:a|b)", "(b|)", "$"}
	if depth == 0 {
		return atoms[r.IntN(len(atoms))]
	}
	var b strings.Builder
	for range 1 + r.IntN(3) {
		switch inner := randomAhead(r, depth-1); r.IntN(10) {
		case 0:
			b.WriteString("(?!" + inner + ")")
		case 1:
			b.WriteString("(?=" + inner + ")")
		case 2:
			b.WriteString("(" + inner + ")")
		case 3:
			b.WriteString("(?:" + inner + "|" + randomAhead(r, depth-1) + ")")
		case 4:
			b.WriteString("(?:(?!" + inner + ").)" + []string{"*", "+", "*?", "{1,2}"}[r.IntN(4)])
		case 5:
			b.WriteString("(?:a" + inner + ")" + []string{"*", "+", "?", "??", "{2}"}[r.IntN(5)])
		default:
			b.WriteString(inner)
		}
	}
	return b.String()
}

// TestLookaheadEnds has patterns on which other engines take forever, and counts steps.
func TestLookaheadEnds(t *testing.T) {
	for _, src := range []string{`^(?!/b)/(a+)+$`, `^/(?!(a+)+$)(.*)$`, `^/(?:(?=(?:a+)+b)a|a)*$`, `^/(?:(?!(?:a|aa)*c).)+[b]$`} {
		p, err := compileSource(src, true)
		if err != nil {
			t.Fatal(err)
		}
		var e effort
		if _, ok, err := p.match("/"+strings.Repeat("a", 200)+"!", &e); err != nil || e.backtracking != 0 {
			t.Errorf("%s: %v, %v", src, ok, err)
		}
		if e.steps == 0 || e.steps > 200_000 {
			t.Errorf("%s takes %d steps", src, e.steps)
		}
	}
}

// TestLookaheadBound has a pattern whose look-ahead matches far away, from every
// position.
func TestLookaheadBound(t *testing.T) {
	p, err := compileSource(`^/(?:(?=.*!)a)*[x]$`, true)
	if err != nil {
		t.Fatal(err)
	}
	var e effort
	if _, _, err := p.match("/"+strings.Repeat("a", 14000)+"!", &e); !errors.Is(err, errRunaway) || e.steps > maxSteps+maxSteps/8 {
		t.Errorf("%v after %d steps", err, e.steps)
	}
	if _, _, err := p.match("/ax", &e); !errors.Is(err, errRunaway) {
		t.Errorf("%v for another pattern of the same request", err)
	}
}

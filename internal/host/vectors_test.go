package host

import (
	"bufio"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestVectors runs testdata/vectors: each file is an output and, above its files,
// requests with their expected responses. A line is one of
//
//	METHOD PATH [name:value …]   a request, with headers
//	> STATUS                     what its status must be
//	> name: value                a header; "name:" is one that must be missing
//	> = TEXT                     the body ("\n" is a line's end)
//	> ~ TEXT                     a part of the body
//	! TEXT                       why the vector cannot pass: it is skipped
//	caseSensitive                the host's option of that name
//
// Each runs with functions that have processes, and with such as are called.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("asked", func(t *testing.T) { runVector(t, *archive, func(*Options) {}) })
			t.Run("called", func(t *testing.T) {
				runVector(t, *archive, func(o *Options) { o.Linked = linkPuppet })
			})
		})
	}
}

func runVector(t *testing.T, archive txtar.Archive, option func(*Options)) {
	script := string(archive.Comment)
	archive.Comment = nil
	caseSensitive := func(o *Options) { o.caseSensitive = strings.Contains("\n"+script, "\ncaseSensitive\n") }
	s := newSite(t, string(txtar.Format(&archive)), caseSensitive, option)
	var a reply
	lines := bufio.NewScanner(strings.NewReader(script))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		rule, isRule := strings.CutPrefix(line, ">")
		switch {
		case line == "", line == "caseSensitive", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "!"):
			t.Skip(line[1:])
		case !isRule:
			words := strings.Fields(line)
			for i, h := range words[2:] {
				words[i+2] = strings.Replace(h, ":", ": ", 1)
			}
			a = s.do(words[0], words[1], "", words[2:]...)
		default:
			checkVector(t, s, a, strings.TrimSpace(rule))
		}
	}
}

// linkPuppet calls what the process of a puppet would ask.
func linkPuppet(_ *output.Output, f *output.Function) Linked {
	to, err := url.Parse(f.Config.Environment["PUPPET_URL"])
	if err != nil || to.Host == "" {
		return nil
	}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	return func(w http.ResponseWriter, r *http.Request, _ string) { proxy.ServeHTTP(w, r) }
}

func checkVector(t *testing.T, s *site, a reply, rule string) {
	t.Helper()
	if status, err := strconv.Atoi(rule); err == nil {
		s.want(a, status, "*")
		return
	}
	unquote := strings.NewReplacer(`\n`, "\n")
	if want, ok := strings.CutPrefix(rule, "= "); ok {
		if want = unquote.Replace(want); strings.TrimSuffix(a.body, "\n") != strings.TrimSuffix(want, "\n") {
			t.Errorf("%s %s: body %q, want %q", a.Request.Method, a.Request.URL, a.body, want)
		}
		return
	}
	if want, ok := strings.CutPrefix(rule, "~ "); ok {
		if !strings.Contains(a.body, unquote.Replace(want)) {
			t.Errorf("%s %s: body %q does not contain %q", a.Request.Method, a.Request.URL, a.body, want)
		}
		return
	}
	name, value, ok := strings.Cut(rule, ":")
	if !ok {
		t.Fatalf("rule %q is not understood", rule)
	}
	if got := a.Header.Get(name); got != strings.TrimSpace(value) || value == "" && a.Header[http.CanonicalHeaderKey(name)] != nil {
		t.Errorf("%s %s: header %s is %q, want %q", a.Request.Method, a.Request.URL, name, got, strings.TrimSpace(value))
	}
}

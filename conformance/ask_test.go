package conformance_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// request is what a site is asked.
type request struct {
	method, target, body string
	header               http.Header // nil for no more than any request has
}

func (q request) String() string {
	text := strings.TrimSpace(q.method + " " + q.target + " " + q.body)
	for name, values := range q.header {
		text += fmt.Sprintf(" %s: %s", name, strings.Join(values, ", "))
	}
	return text
}

// path is the target without its query, and query the rest.
func (q request) path() string {
	path, _, _ := strings.Cut(q.target, "?")
	return path
}

func (q request) query() string {
	_, query, _ := strings.Cut(q.target, "?")
	return query
}

// response is what comes back.
type response struct {
	status int
	header http.Header
	body   string
	own    bool // the body is the host's affair, and so is its type
}

// asker is a way in which requests reach a site.
type asker func(t *testing.T, q request) response

// askHTTP asks a server, and follows no redirect.
func askHTTP(base string) asker {
	return func(t *testing.T, q request) response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), q.method, base+q.target, strings.NewReader(q.body))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(req.Header, q.header)
		return send(t, req)
	}
}

// uncompressed asks for bodies as they are.
var uncompressed = &http.Transport{DisableCompression: true}

// send sends a request as it is.
func send(t *testing.T, req *http.Request) response {
	t.Helper()
	resp, err := uncompressed.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return response{status: resp.StatusCode, header: resp.Header, body: string(body)}
}

// everyRequest asks for all outputs in every spelling and for what there is not, with
// each method that pages tell apart. More are targets of pages with parameters.
func everyRequest(out *output.Output, more ...string) []request {
	targets := []string{
		"/nowhere", "/nowhere/", "/nowhere.html", "/nowhere/at/all", "/api/nowhere", "/a%2Fb",
		"/404", "/404/", "/404.html", "/500", "/500/", "/500.html",
	}
	for name := range out.Entries {
		path := "/" + strings.TrimSuffix(name, ".html")
		if strings.Contains(path, "[") {
			continue // it is asked for by what fills it
		}
		targets = append(targets, (&url.URL{Path: path}).EscapedPath())
	}
	if slices.Contains(targets, "/index") {
		targets = append(targets, "/", "/?a=b")
	}
	for _, target := range slices.Concat(targets, more) {
		path, query, _ := strings.Cut(target, "?")
		if query != "" {
			query = "?" + query
		}
		path = strings.TrimSuffix(path, "/")
		targets = append(targets, path+query, path+"/"+query, path+".html"+query, path+"/index"+query)
	}
	slices.Sort(targets)
	var requests []request
	for _, target := range slices.Compact(targets) {
		if !strings.HasPrefix(target, "/") {
			continue
		}
		requests = append(requests, request{"GET", target, "", nil}, request{"HEAD", target, "", nil}, request{"POST", target, "a=b", nil})
	}
	for _, target := range slices.Compact(targets) {
		requests = append(requests, draftRequests(out, target)...)
	}
	return requests
}

// draftRequests asks for a regenerated page in a draft, and for it to be rendered again,
// with the token that is for this and with another.
func draftRequests(out *output.Output, target string) []request {
	path, _, _ := strings.Cut(target, "?")
	name, _ := out.Find(path)
	page, ok := out.Entries[name].(*output.Prerender)
	if !ok {
		return nil
	}
	var requests []request
	for _, token := range []string{page.Config.BypassToken, strings.Repeat("x", len(page.Config.BypassToken))} {
		draft := http.Header{"Cookie": {"__prerender_bypass=" + token}, "User-Agent": {"an editor"}}
		again := http.Header{"X-Prerender-Revalidate": {token}}
		requests = append(requests, request{"GET", target, "", draft}, request{"HEAD", target, "", draft}, request{"GET", target, "", again})
	}
	return requests
}

// changing are pages whose text is another each time, and what in it is.
var changing = map[string]*regexp.Regexp{
	"/clock":      regexp.MustCompile(`build time|[0-9:]{8}`),
	"/regenerate": regexp.MustCompile(`Rendering [0-9]+`),
	"/temporary":  regexp.MustCompile(`[^ ]*/note-[0-9]+`),
}

// comparison is what two ways to ask a site may differ in: headers, each with the
// reason.
type comparison struct {
	apart map[string]string // each has its own
	added map[string]string // only one may have
}

// compare asks one and the other the same, and reports what is not.
func (c comparison) compare(t *testing.T, requests []request, one, other asker) {
	t.Helper()
	for _, q := range requests {
		a, b := one(t, q), other(t, q)
		c.reduce(q, &a, &b)
		if a.status != b.status || a.body != b.body {
			t.Errorf("%s: %d %q, the other says %d %q", q, a.status, a.body, b.status, b.body)
		}
		if !maps.EqualFunc(a.header, b.header, slices.Equal) {
			t.Errorf("%s: %v, the other says %v", q, a.header, b.header)
		}
	}
}

// reduce takes from responses what is not compared.
func (c comparison) reduce(q request, a, b *response) {
	apart := slices.Collect(maps.Keys(c.apart))
	if a.own || b.own {
		a.body, b.body = "", ""
		apart = append(apart, "Content-Type", "Content-Length", "X-Content-Type-Options", "X-Vercel-Error")
	}
	path, _ := strings.CutSuffix(q.path(), "/")
	if varies := changing[path]; varies != nil {
		a.body, b.body = varies.ReplaceAllString(a.body, "…"), varies.ReplaceAllString(b.body, "…")
		apart = append(apart, "Content-Length", "Etag")
	}
	for name := range c.added {
		if a.header.Get(name) == "" || b.header.Get(name) == "" {
			apart = append(apart, name)
		}
	}
	for _, name := range apart {
		a.header.Del(name)
		b.header.Del(name)
	}
}

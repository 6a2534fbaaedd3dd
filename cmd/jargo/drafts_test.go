package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// bypassToken is the token of the site drafts.
const bypassToken = "0123456789abcdef0123456789abcdef"

var drafts = &builtSite{name: "drafts", env: []string{"JARGO_BYPASS_TOKEN=" + bypassToken}}

// startDrafts serves a copy of what the site drafts becomes.
func startDrafts(t *testing.T, flags ...string) *server {
	t.Helper()
	s := drafts.serve(t, flags...)
	t.Cleanup(func() {
		s.stop()
		if strings.Contains(s.stderr.String(), bypassToken) {
			t.Errorf("the log has the token:\n%s", s.stderr)
		}
	})
	return s
}

// wantPage asks for a page and compares how it came and what it says.
func (s *server) wantPage(path, cache, body string, header ...string) answer {
	s.t.Helper()
	a := s.send("GET", path, header...)
	if a.cache() != cache || a.body != body {
		s.t.Errorf("%s %q: %s %q, want %s %q", path, header, a.cache(), a.body, cache, body)
	}
	return a
}

// act has the page of a language do something.
func (s *server) act(language, do, path string, header ...string) answer {
	s.t.Helper()
	return s.send("POST", "/"+language+"/act?do="+do+"&path="+url.QueryEscape(path), header...)
}

// wantRevalidated revalidates a path, with the error or "".
func (s *server) wantRevalidated(language, path, want string, header ...string) {
	s.t.Helper()
	if want == "" {
		want = "<nil>"
	} else if language == "go" {
		want = fmt.Sprintf("jargo.Revalidate(%q): %s", path, want)
	} else {
		want = fmt.Sprintf("jargo.revalidate(%q): %s", path, want)
	}
	if got := s.act(language, "revalidate", path, header...).body; got != want {
		s.t.Errorf("revalidate %s %q: got %s, want %s", path, header, got, want)
	}
}

// startEditors starts what serves an example whose editors know a password.
func startEditors(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	cmd.Env = append(cmd.Env, "EDITOR_PASSWORD=sesame")
	return startServer(t, cmd)
}

// tryEditing uses the pages of an example that revalidate and show drafts.
func (s *server) tryEditing() {
	s.t.Helper()
	submit := func(path string, status int, form ...string) answer {
		s.t.Helper()
		values := url.Values{}
		for i := 0; i < len(form); i += 2 {
			values.Set(form[i], form[i+1])
		}
		r, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(values.Encode()))
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			s.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			s.t.Errorf("%s %v: status %d, want %d", path, form, resp.StatusCode, status)
		}
		return answer{status: resp.StatusCode, header: resp.Header}
	}
	submit("/revalidate", http.StatusSeeOther)
	before := s.get("/regenerate").body // no more what was built
	submit("/revalidate", http.StatusSeeOther)
	if after := s.get("/regenerate").body; after == before {
		s.t.Errorf("before and after a revalidation: %q", after)
	}
	for _, wrong := range []string{"", "sesam"} {
		if got := submit("/preview", http.StatusOK, "do", "begin", "password", wrong).header.Get("Set-Cookie"); got != "" {
			s.t.Errorf("the password %q lets in: %s", wrong, got)
		}
	}
	cookie, _, _ := strings.Cut(submit("/preview", http.StatusSeeOther, "do", "begin", "password", "sesame").header.Get("Set-Cookie"), ";")
	if a := s.send("GET", "/drafts", "Cookie", cookie, "User-Agent", "an editor"); a.cache() != "BYPASS" || !strings.Contains(a.body, "A draft, seen by an editor") {
		s.t.Errorf("the draft: %s %q", a.cache(), a.body)
	}
	if a := s.get("/drafts"); a.cache() == "BYPASS" || !strings.Contains(a.body, "What is published") {
		s.t.Errorf("not a draft: %s %q", a.cache(), a.body)
	}
	if got := submit("/preview", http.StatusSeeOther, "do", "end").header.Get("Set-Cookie"); !strings.HasPrefix(got, "__prerender_bypass=;") {
		s.t.Errorf("the end of drafts: %q", got)
	}
}

var languages = []string{"go", "py"}

// TestRevalidate changes what pages show, and what they cannot show.
func TestRevalidate(t *testing.T) {
	t.Parallel()
	s := startDrafts(t)
	for _, l := range languages {
		counts, live := "/"+l+"/counts", "/"+l+"/live/"
		s.wantRevalidated(l, counts, "") // of what has never been asked for
		s.wantPage(counts, "HIT", `rendering 1, draft false for ""`)
		s.wantRevalidated(l, counts, "")
		s.wantPage(counts, "HIT", `rendering 2, draft false for ""`)

		s.wantPage(live+"a%20b?tag=1", "MISS", "rendering 3 of "+live+"a%20b?tag=1, draft false")
		s.wantPage(live+"a%20b", "MISS", "rendering 4 of "+live+"a%20b, draft false")
		s.wantRevalidated(l, live+"a b?tag=1&other=2", "")
		s.wantPage(live+"a%20b?tag=1", "HIT", "rendering 5 of "+live+"a%20b?tag=1, draft false")
		s.wantPage(live+"a%20b", "HIT", "rendering 4 of "+live+"a%20b, draft false")
		s.wantRevalidated(l, live+"gone", "")

		s.act(l, "fail", "yes")
		s.wantRevalidated(l, counts, "the page was not rendered, and what was stored of it stays: status 500")
		s.wantPage(counts, "HIT", `rendering 2, draft false for ""`)
		s.act(l, "fail", "")
		s.wantRevalidated(l, counts, "")
		s.wantPage(counts, "HIT", `rendering 6, draft false for ""`)

		s.wantRevalidated(l, "/nowhere", "there is no such page")
		s.wantRevalidated(l, counts+"/", fmt.Sprintf("the host redirects to %q", counts))
		for path, cache := range map[string]string{"/file.txt": "HIT", "/built": "HIT", "/" + l + "/act": "MISS"} {
			s.wantRevalidated(l, path, `it is no regenerated page: the host's response has status 200 and x-vercel-cache "`+cache+`"`)
		}
		for _, path := range []string{"", "counts", "//" + strings.TrimPrefix(s.url, "http://") + counts, s.url + counts} {
			s.wantRevalidated(l, path, `it is no path of the site, such as "/posts/hello?page=2"`)
		}
		// A page that would do so again for the request which that makes.
		again := "/" + l + "/act?do=revalidate&path=" + url.QueryEscape(counts)
		s.wantRevalidated(l, again, `it is no regenerated page: the host's response has status 200 and x-vercel-cache "MISS"`)
		s.wantPage(counts, "HIT", `rendering 6, draft false for ""`)
		// It would wait for itself.
		s.wantRevalidated(l, "/"+l+"/self", "")
		if a := s.get("/" + l + "/self"); a.cache() != "HIT" || !strings.HasSuffix(a.body, "this is no visitor's request: a regenerated page cannot revalidate") {
			t.Errorf("a page that revalidates itself: %s %q", a.cache(), a.body)
		}
	}
}

// TestRevalidateAtOnce has many visitors change what one page shows: each sees a
// rendering that began after the change.
func TestRevalidateAtOnce(t *testing.T) {
	t.Parallel()
	s := startDrafts(t)
	number := regexp.MustCompile(`rendering (\d+)`)
	for _, l := range languages {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				before := s.act(l, "count", "").body
				s.wantRevalidated(l, "/"+l+"/counts", "")
				a := s.get("/" + l + "/counts")
				began, _ := strconv.Atoi(before)
				if m := number.FindStringSubmatch(a.body); m == nil {
					t.Errorf("the page shows %q", a.body)
				} else if shown, _ := strconv.Atoi(m[1]); shown <= began || a.cache() != "HIT" {
					t.Errorf("there were %d renderings, and then %s %q", began, a.cache(), a.body)
				}
			})
		}
		all.Wait()
		count, last := s.act(l, "count", "").body, s.get("/"+l+"/counts").body
		if last != "rendering "+count+`, draft false for ""` {
			t.Errorf("%s renderings, and the page shows %q", count, last)
		}
	}
}

// TestRevalidateForgedHost has visitors name hosts to which the token must not go.
func TestRevalidateForgedHost(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer evil.Close()
	name := strings.TrimPrefix(evil.URL, "http://")
	s := startDrafts(t)
	for i, header := range [][]string{
		{"Host", name},
		{"X-Forwarded-Host", name, "Forwarded", "host=" + name, "X-Forwarded-Proto", "http", "X-Vercel-Deployment-Url", name},
		{"Host", name, "Jargo-Host-Url", evil.URL, "X-Original-Host", name},
	} {
		for _, l := range languages {
			s.wantRevalidated(l, "/"+l+"/counts", "", header...)
			s.wantPage("/"+l+"/counts", "HIT", fmt.Sprintf(`rendering %d, draft false for ""`, i+1))
		}
	}
	if asked.Load() > 0 {
		t.Error("a host that a visitor named was asked")
	}
}

// TestRevalidateNames serves two names behind a proxy: each has its own pages.
func TestRevalidateNames(t *testing.T) {
	t.Parallel()
	s := startDrafts(t, "--host", "one.example", "--host", "two.example", "--trust-forwarded")
	one, two := []string{"X-Forwarded-Host", "one.example", "X-Forwarded-Proto", "https"}, []string{"Host", "two.example"}
	for _, l := range languages {
		counts := "/" + l + "/counts"
		s.wantRevalidated(l, counts, "", one...)
		s.wantRevalidated(l, counts, "", two...)
		s.wantRevalidated(l, counts, "", one...)
		s.wantPage(counts, "HIT", `rendering 3, draft false for ""`, one...)
		s.wantPage(counts, "HIT", `rendering 2, draft false for ""`, two...)
		if got, want := s.act(l, "draft", "", one...).header.Get("Set-Cookie"), "__prerender_bypass="+bypassToken+"; Path=/; HttpOnly; Secure; SameSite=None"; got != want {
			t.Errorf("by https the cookie is %s, want %s", got, want)
		}
	}
}

// TestDrafts shows a draft to who may see it, and the page to everybody else.
func TestDrafts(t *testing.T) {
	t.Parallel()
	s := startDrafts(t)
	for _, l := range languages {
		counts, live := "/"+l+"/counts", "/"+l+"/live/x"
		s.wantRevalidated(l, counts, "")
		begun := s.act(l, "draft", "").header.Get("Set-Cookie")
		if want := "__prerender_bypass=" + bypassToken + "; Path=/; HttpOnly; SameSite=Lax"; begun != want {
			t.Errorf("the cookie is %s, want %s", begun, want)
		}
		cookie, _, _ := strings.Cut(begun, ";")
		a := s.wantPage(counts, "BYPASS", `rendering 2, draft true for "me"`, "Cookie", "a=b; "+cookie, "X-Name", "me")
		if got := a.header.Get("Cache-Control"); got != "private, no-cache, no-store, max-age=0, must-revalidate" {
			t.Errorf("a draft has Cache-Control %q", got)
		}
		s.wantPage(live+"?tag=1&other=2", "BYPASS", "rendering 3 of "+live+"?tag=1, draft true", "Cookie", cookie)
		s.wantPage("/"+l+"/act", "MISS", "draft true", "Cookie", cookie)
		s.wantPage("/built", "HIT", "built", "Cookie", cookie)
		if a := s.send("POST", counts, "Cookie", cookie); a.status != http.StatusMethodNotAllowed {
			t.Errorf("POST to a draft: status %d", a.status)
		}
		s.act(l, "fail", "yes")
		if a := s.send("GET", counts, "Cookie", cookie); a.status != 500 || strings.Contains(a.body, "counts fails") {
			t.Errorf("a draft that fails: %d %q", a.status, a.body)
		}
		s.act(l, "fail", "")

		// None of it is stored, and who has no leave does not see it.
		const page = `rendering 1, draft false for ""`
		for _, wrong := range []string{"", "__prerender_bypass=", cookie + "0", cookie[:len(cookie)-1], "__prerender_bypass=" + strings.ToUpper(bypassToken)} {
			s.wantPage(counts, "HIT", page, "Cookie", wrong, "X-Name", "me")
			s.wantPage("/"+l+"/act", "MISS", "draft false", "Cookie", wrong)
		}
		for _, wrong := range []string{"", bypassToken[1:], bypassToken + "0", "x"} {
			s.wantPage(counts, "HIT", page, "X-Prerender-Revalidate", wrong)
		}
		// In a draft a change is seen by all: what is rendered again is no draft.
		s.wantRevalidated(l, counts, "", "Cookie", cookie)
		s.wantPage(counts, "HIT", `rendering 4, draft false for ""`)

		ended := s.act(l, "end", "", "Cookie", cookie).header.Get("Set-Cookie")
		if want := "__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"; ended != want {
			t.Errorf("the cookie that ends it is %s, want %s", ended, want)
		}
	}
}

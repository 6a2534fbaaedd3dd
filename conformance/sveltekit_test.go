package conformance_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSvelteKit builds sveltekit/, a site of another framework, with its own
// tools, and asks jargo serve --prebuilt for every kind of page it has.
func TestSvelteKit(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it builds a site with tools of others")
	}
	needSvelteKit(t)
	build := exec.CommandContext(t.Context(), "node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
	build.Dir = "sveltekit"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("vite build: %v\n%s", err, out)
	}
	dir := filepath.Join("sveltekit", ".vercel", "output")
	compareReaders(t, dir, accepted(t, dir))
	base := servePrebuilt(t, "sveltekit")

	ask := func(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultTransport.RoundTrip(req) // redirects are not followed
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(text)
	}
	form := []string{"Content-Type: application/x-www-form-urlencoded", "Origin: " + base, "Accept: text/html"}
	tests := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string   // is in the body
		wantHeaders              []string // "name: value"
	}{
		{name: "prerendered page", path: "/prerendered", status: 200, want: "<h1>Prerendered</h1>", wantHeaders: []string{"Content-Type: text/html; charset=utf-8", "X-Vercel-Cache: HIT"}},
		{name: "its other spelling", path: "/prerendered/", status: 308, wantHeaders: []string{"Location: /prerendered"}},
		{name: "its file", path: "/prerendered.html", status: 404, want: "own page for 404"},
		{name: "static file", path: "/file.txt", status: 200, want: "a file"},
		{name: "page rendered on the server", path: "/?q=hi", status: 200, want: "<h1>Rendered for / with hi at " + base + " for 127.0.0.1</h1>", wantHeaders: []string{"X-Vercel-Cache: MISS"}},
		{name: "its data", path: "/__data.json?q=hi", status: 200, want: `"type":"data"`, wantHeaders: []string{"Content-Type: application/json"}},
		{name: "form", path: "/form", status: 200, want: "<h1>Hello nobody</h1>"},
		{name: "form action", method: "POST", path: "/form", body: "name=Ada", headers: form, status: 200, want: "<h1>Hello Ada</h1>"},
		{name: "form action that fails", method: "POST", path: "/form", body: "name=", headers: form, status: 422, want: "<h1>No name</h1>"},
		{name: "form action of another site", method: "POST", path: "/form", body: "name=Ada", headers: append(form[:1:1], "Origin: https://evil.example"), status: 403},
		{name: "regenerated page, first", path: "/isr/a?page=2&other=x", status: 200, want: "<h1>a page 2 rendering 1</h1>", wantHeaders: []string{"X-Vercel-Cache: MISS"}},
		{name: "regenerated page, again", path: "/isr/a?page=2&other=y", status: 200, want: "<h1>a page 2 rendering 1</h1>", wantHeaders: []string{"X-Vercel-Cache: HIT"}},
		{name: "regenerated page, other", path: "/isr/b", status: 200, want: "<h1>b page none rendering 2</h1>", wantHeaders: []string{"X-Vercel-Cache: MISS"}},
		{name: "regenerated page, a client's path", path: "/isr/b?__pathname=/isr/evil", status: 200, want: "<h1>b page none rendering 2</h1>", wantHeaders: []string{"X-Vercel-Cache: HIT"}},
		{name: "regenerated page, on demand", path: "/isr/b", headers: []string{"X-Prerender-Revalidate: 0123456789abcdef0123456789abcdef"}, status: 200, want: "<h1>b page none rendering 3</h1>", wantHeaders: []string{"X-Vercel-Cache: REVALIDATED"}},
		{name: "regenerated page, draft", path: "/isr/b", headers: []string{"Cookie: __prerender_bypass=0123456789abcdef0123456789abcdef"}, status: 200, want: "<h1>b page none rendering 4</h1>", wantHeaders: []string{"X-Vercel-Cache: BYPASS"}},
		{name: "regenerated data", path: "/isr/a/__data.json", status: 200, want: `"a"`, wantHeaders: []string{"X-Vercel-Cache: MISS"}},
		{name: "streamed load", path: "/streamed", status: 200, want: "came late"},
		{name: "endpoint", path: "/endpoint", headers: []string{"X-Custom: yes"}, status: 200, want: `{"method":"GET","header":"yes"}`, wantHeaders: []string{"X-Endpoint: yes", "Set-Cookie: seen=yes; Path=/; HttpOnly; Secure; SameSite=Lax"}},
		{name: "endpoint, other method", method: "PUT", path: "/endpoint", body: "body", headers: []string{"Origin: " + base}, status: 201, want: "body"},
		{name: "endpoint, method it lacks", method: "DELETE", path: "/endpoint", headers: []string{"Origin: " + base}, status: 405, want: "DELETE method not allowed"},
		{name: "redirect", path: "/old", status: 307, wantHeaders: []string{"Location: /prerendered"}},
		{name: "error", path: "/fails", status: 500, want: "own page for 500"},
		{name: "not found", path: "/nothing", status: 404, want: "own page for 404"},
		{name: "asset that is gone", path: "/_app/immutable/none.js", status: 404, wantHeaders: []string{"Cache-Control: no-store"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = "GET"
			}
			resp, body := ask(t, method, tt.path, tt.body, tt.headers...)
			if resp.StatusCode != tt.status || !strings.Contains(strings.ReplaceAll(body, "<!---->", ""), tt.want) {
				t.Errorf("status %d, body %q, want %d with %q", resp.StatusCode, body, tt.status, tt.want)
			}
			for _, h := range tt.wantHeaders {
				name, want, _ := strings.Cut(h, ": ")
				if got := resp.Header.Get(name); got != want {
					t.Errorf("header %s is %q, want %q", name, got, want)
				}
			}
		})
	}
	t.Run("asset", func(t *testing.T) {
		_, page := ask(t, "GET", "/", "")
		_, rest, ok := strings.Cut(page, `import("./_app`)
		asset, _, _ := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("the page imports no asset: %s", page)
		}
		resp, _ := ask(t, "GET", "/_app"+asset, "")
		if got := resp.Header.Get("Cache-Control"); resp.StatusCode != 200 || got != "public, immutable, max-age=31536000" {
			t.Errorf("status %d, cache-control %q", resp.StatusCode, got)
		}
	})
}

// needSvelteKit skips the test where the framework is not installed; CI
// installs it.
func needSvelteKit(t *testing.T) {
	t.Helper()
	needValidator(t)
	if _, err := os.Stat(filepath.Join("sveltekit", "node_modules")); err == nil {
		return
	}
	if os.Getenv("CI") == "" {
		t.Skip("the framework is not installed; run: npm ci --prefix conformance/sveltekit")
	}
	if out, err := exec.CommandContext(t.Context(), "npm", "ci", "--prefix", "sveltekit", "--prefer-offline", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// servePrebuilt runs jargo serve --prebuilt until the test is over, and returns
// the address.
func servePrebuilt(t *testing.T, dir string) string {
	t.Helper()
	return startServer(t, os.Args[0], "serve", "--prebuilt", "--addr", "127.0.0.1:0", dir)
}

// startServer runs what serves a site, or jargo, until the test is over, and returns the
// address.
func startServer(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), asJargo+"=1", "XDG_CACHE_HOME="+t.TempDir())
	var log strings.Builder
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Listening on ")
	if !ok {
		cmd.Process.Kill()
		t.Fatalf("%s says %q, %v\n%s", cmd, line, err, &log)
	}
	return address
}

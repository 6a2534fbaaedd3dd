package host

import (
	"net/http"
	"testing"
)

// TestRevalidate renders pages on demand, and fails to.
func TestRevalidate(t *testing.T) {
	s := newSite(t, pagesSite+"\n-- static/a.txt --\ntext\n", func(o *Options) { o.Hosts = []string{"a.example", "b.example"} })
	counting(s.puppet)
	for _, tt := range []struct{ host, path, want string }{
		{"", "/clock", ""}, // nothing is kept of it yet
		{"b.example", "/clock?x=1", ""},
		{"", "/a.txt", "it is no regenerated page"},
		{"", "/none", "there is no such page"},
		{"c.example", "/clock", "there is no such page"},
		{"", "//clock", "it redirects to /clock"},
		{"", "clock", `"clock" is not a path of the site`},
		{"", "/%zz", `"/%zz" is not a path of the site`},
	} {
		got := ""
		if err := s.host.Revalidate(t.Context(), "https", tt.host, tt.path); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s%s: %q, want %q", tt.host, tt.path, got, tt.want)
		}
	}
	pages, err := s.host.CachedPages(t.Context())
	if err != nil || len(pages) != 2 {
		t.Fatalf("%v, %v", pages, err)
	}
	for i, host := range []string{"a.example", "b.example"} {
		p := pages[i]
		if p.Host != host || p.Scheme != "https" || p.Path != "/clock" || p.Type != "text/plain; charset=utf-8" || p.Varies {
			t.Errorf("kept is %+v", p)
		}
	}
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	if err := s.host.Revalidate(t.Context(), "", "", "/clock"); err == nil || err.Error() != "it was not rendered, status 500: the log says why" {
		t.Errorf("a function that fails: %v", err)
	}
	s.want(s.get("/clock", "Host: a.example"), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
	if err := newSite(t, versionSite("1")).host.Revalidate(t.Context(), "", "", "/"); err == nil {
		t.Error("an output without a token has revalidated")
	}
}

package host

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCachedPages lists pages by a URL that leads to each, and removes one.
func TestCachedPages(t *testing.T) {
	for _, hosts := range [][]string{nil, {"127.0.0.1"}} {
		s := newSite(t, pagesSite, func(o *Options) { o.Hosts, o.Addr = hosts, "localhost:1"; o.CacheDir = t.TempDir() })
		counting(s.puppet)
		name := append(hosts, "localhost:1")[0]
		list := func(want ...string) []CachedPage {
			t.Helper()
			pages, err := s.host.CachedPages(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range pages {
				got = append(got, fmt.Sprint(p.Host, p.Path, " ", p.Key.Page, " ", p.Stale))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
				t.Errorf("listed are\n%s\nwant\n%s", g, w)
			}
			return pages
		}
		s.get("/blog/a?page=2&utm=x")
		s.get("/clock?x=1")
		s.get("/")
		s.host.pages.Wait()
		s.clock.advance(5 * time.Second)
		s.get("/blog/b%20c")
		pages := list(name+"/ index false", name+"/blog/a?page=2 blog/[slug] true", name+"/blog/b%20c blog/[slug] false", name+"/clock clock true")
		key := pages[2].Key
		if e, err := s.host.CachedPage(context.Background(), key); err != nil || e == nil || !strings.Contains(string(e.Body), "/blog/") {
			t.Errorf("the entry is %v, %v", e, err)
		}
		if err := s.host.RemoveCachedPage(context.Background(), key); err != nil {
			t.Fatal(err)
		}
		list(name+"/ index false", name+"/blog/a?page=2 blog/[slug] true", name+"/clock clock true")
		s.want(s.get("/blog/b%20c"), 200, "*", "X-Vercel-Cache: MISS")
	}
}

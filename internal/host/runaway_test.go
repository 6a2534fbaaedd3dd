package host

import (
	"strings"
	"testing"
)

// TestRunaway has regular expressions that take too long, in a route and in a page's
// conditions.
func TestRunaway(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3,"routes":[{"src":"^/(a+)+\\1$","dest":"/clock"}]}
-- functions/clock.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
-- functions/clock.prerender-config.json --
{"expiration":false,"allowQuery":[],"experimentalBypassFor":[{"type":"header","key":"x-key","value":"(a+)+\\1"}]}
`)
	counting(s.puppet)
	endless := strings.Repeat("a", 40) + "!"
	s.want(s.get("/"+endless), 502, "*", "X-Vercel-Error: ROUTER_CANNOT_MATCH")
	for range runawayThreshold + 5 {
		s.get("/" + endless)
	}
	if n := strings.Count(s.log.String(), `level=WARN msg="a route's regular expression takes too long: requests it is tried on get 502" route=0`); n != 1 {
		t.Errorf("the log names the route %d times, want once", n)
	}
	s.want(s.get("/clock", "X-Key: "+endless), 502, "*", "X-Vercel-Error: ROUTER_CANNOT_MATCH")
	s.want(s.get("/clock", "X-Key: aa"), 200, "1 GET /clock", "X-Vercel-Cache: BYPASS")
	s.want(s.get("/clock"), 200, "2 GET /clock", "X-Vercel-Cache: MISS")
}

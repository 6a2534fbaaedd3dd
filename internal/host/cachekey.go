package host

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// prerendered is what all requests for a regenerated page share.
type prerendered struct {
	*output.Prerender
	bypass   router.Conditions // under which requests bypass the cache
	params   []string          // in the cache key, sorted; nil: all
	header   []string          // in the cache key
	source   string            // of its bodies
	function string            // for the log
	last     atomic.Pointer[cacheKeys]
}

// cacheKeys are the cache keys of a page for some values.
type cacheKeys struct {
	host, params string
	page         prerender.Key
	group        *prerender.Key // nil for none
}

func newPrerendered(p *output.Prerender) *prerendered {
	s := &prerendered{Prerender: p, source: "page " + p.Name, function: "/" + p.Function.Name}
	if p.Config.AllowQuery != nil {
		s.params = append([]string{}, p.Config.AllowQuery...)
		slices.Sort(s.params)
	}
	for _, name := range p.Config.AllowHeader {
		if name = http.CanonicalHeaderKey(name); !unseen(name) {
			s.header = append(s.header, name)
		}
	}
	return s
}

// keys returns the cache keys for a request. Most often they are those of the request before.
func (p *prerendered) keys(host string, decision *router.Decision, q *request) *cacheKeys {
	params := p.paramsKey(decision.Query)
	if k := p.last.Load(); k != nil && k.host == host && k.params == params && len(p.header) == 0 {
		return k
	}
	values := []string{host, params}
	for _, name := range p.header {
		values = append(values, name, strings.Join(q.seen()[name], ","))
	}
	k := &cacheKeys{host: host, params: params, page: prerender.NewKey(p.Name, values...)}
	if p.Config.Group > 0 {
		group := prerender.NewKey("group "+strconv.Itoa(p.Config.Group), values...)
		k.group = &group
	}
	p.last.Store(k)
	return k
}

// paramsKey returns a string that is unique for the values of the parameters in p's cache
// key.
func (p *prerendered) paramsKey(q router.Query) string {
	if p.params == nil {
		return q.String()
	}
	var b strings.Builder
	for _, name := range p.params {
		for _, param := range q {
			if param.Key == name {
				b.WriteString(router.NewParam(name, param.Value).String() + "&")
			}
		}
	}
	return b.String()
}

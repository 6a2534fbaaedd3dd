package host

import (
	"cmp"
	"context"
	"slices"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// CachedPage is an entry of a regenerated page: what the cache knows of it.
type CachedPage struct {
	prerender.Info
	Stale bool // it is rendered again when it is asked for
	// Varies: the page has an entry for each value of a header. Which one this is of is
	// not known.
	Varies bool
}

// CachedPages returns the entries of regenerated pages, in the order of their URLs.
func (d *Deployment) CachedPages(ctx context.Context) ([]CachedPage, error) {
	infos, err := d.pages.List(ctx)
	pages := make([]CachedPage, 0, len(infos))
	for _, info := range infos {
		pages = append(pages, CachedPage{info, d.isStale(info), d.variesByHeader(info.Key.Page)})
	}
	slices.SortFunc(pages, func(a, b CachedPage) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key.String(), b.Key.String()))
	})
	return pages, err
}

// isStale reports whether an entry is older than its page allows. That another page of its
// group was revalidated does not show.
func (d *Deployment) isStale(info prerender.Info) bool {
	p, ok := d.out.Entries[info.Key.Page].(*output.Prerender)
	if !ok {
		return false
	}
	seconds, expires := p.Config.ExpirationSeconds()
	return prerender.IsStale(info.Created, d.opts.now(), expires, output.Seconds(seconds))
}

// CachedPage returns the entry under a key of [Deployment.CachedPages], nil if there is
// none any more.
func (d *Deployment) CachedPage(ctx context.Context, key prerender.Key) (*prerender.Entry, error) {
	return d.pages.Entry(ctx, key)
}

// RemoveCachedPage removes the entry under a key: the page is rendered when it is asked for.
func (d *Deployment) RemoveCachedPage(ctx context.Context, key prerender.Key) error {
	return d.pages.Remove(ctx, key)
}

package host

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// While a new output is rolled out over hosts that share a cache, a page of one host may lead
// to files of its build that another host does not have. They are in the shared cache:
// docs/decisions/0014-many-hosts-one-cache.md.

// Bounds of the assets that a deployment keeps in the shared cache, in bytes.
const (
	maxAsset     = 2 << 20
	maxAllAssets = 64 << 20
)

const (
	// keepAssetsEvery is well below the time for which the shared cache has them.
	keepAssetsEvery = 12 * time.Hour
	// firstAssets bounds how long a deployment waits until its assets are there: its pages
	// refer to them.
	firstAssets = 2 * time.Second
)

// shareAssets keeps the deployment's assets in the shared cache until it is closed.
func (d *Deployment) shareAssets() {
	again := make(chan struct{}, 1)
	d.link.OnReached(func() {
		select {
		case again <- struct{}{}:
		default:
		}
	})
	assets := d.immutableFiles()
	first := make(chan struct{})
	d.link.Start(func(ctx context.Context) {
		d.keepAssets(ctx, assets)
		close(first)
		for {
			select {
			case <-again: // what is there may have been lost
			case <-time.After(keepAssetsEvery):
			case <-ctx.Done():
				return
			}
			d.keepAssets(ctx, assets)
		}
	})
	select {
	case <-first:
	case <-time.After(firstAssets):
	}
}

// asset is a file whose content never changes.
type asset struct {
	file   *output.File
	header http.Header
}

// immutableFiles returns the files that visitors keep without asking, up to the bounds, by
// name: those whose paths tell of their content, and whose routes say that they are immutable.
func (d *Deployment) immutableFiles() []asset {
	var assets []asset
	var size int64
	left := 0
	for _, name := range slices.Sorted(maps.Keys(d.out.Entries)) {
		f, ok := d.out.Entries[name].(*output.File)
		if !ok || !isHashed(name) {
			continue
		}
		header := d.staticHeader(f)
		if !strings.Contains(header.Get("Cache-Control"), "immutable") {
			continue
		}
		if f.Size > maxAsset || size+f.Size > maxAllAssets {
			left++
			continue
		}
		size += f.Size
		assets = append(assets, asset{f, header})
	}
	if left > 0 {
		d.log.Warn("some assets are too large for the shared cache: while another build is rolled out its hosts do not have them",
			"assets", left, "most of one", maxAsset, "most of all", maxAllAssets)
	}
	return assets
}

// staticHeader returns the headers of the response to a request for f; nil if f is not what
// is found at its path.
func (d *Deployment) staticHeader(f *output.File) http.Header {
	host := "localhost"
	if len(d.opts.Hosts) > 0 && d.opts.Hosts[0] != anyHost {
		host = Hostname(d.opts.Hosts[0])
	}
	path := (&url.URL{Path: "/" + f.Name}).EscapedPath()
	decision := d.table.Route(&router.Request{Method: http.MethodGet, Host: host, Path: path, Header: http.Header{}}, false)
	if decision.Kind != router.Serve || decision.Output != f.Name || decision.Status != 0 {
		return nil
	}
	h := http.Header{}
	w := wire.NewWriter(&nobody{header: h}, new(http.Request), nil, 0)
	(&response{contentType: f.ContentType}).writeHeader(w, "", decision, false)
	h.Del("X-Vercel-Id")
	return h
}

// keepAssets sees to it that the shared cache has assets. What it does not take is logged.
func (d *Deployment) keepAssets(ctx context.Context, assets []asset) {
	for _, a := range assets {
		err := d.assets.Keep(ctx, a.file.Name, func() (*prerender.Entry, error) {
			data, err := a.file.Read()
			if err != nil {
				return nil, fmt.Errorf("read an asset: %w", err)
			}
			return prerender.NewEntry(http.StatusOK, a.header, data, d.opts.now()), nil
		})
		if err != nil && ctx.Err() == nil {
			d.throttled.Warn("", "an asset is not shared", "asset", a.file.Name, "error", err)
		}
	}
}

// otherAsset returns an asset of another build, if resp says that there is nothing here: then
// resp is not sent. It is nil for none.
func (d *Deployment) otherAsset(q *request, resp *response) *response {
	if d.assets == nil || resp.status != http.StatusNotFound || !q.isGetOrHead() {
		return nil
	}
	path, err := url.PathUnescape(q.path)
	if err != nil || !isHashed(path) {
		return nil
	}
	e := d.assets.Get(strings.TrimPrefix(path, "/"))
	if e == nil {
		return nil
	}
	if resp.body != nil {
		resp.body.Close()
	}
	return &response{
		status: e.Status, header: maps.Clone(e.Header), cache: prerender.StateHit,
		body: &wire.Bytes{Data: e.Body, ETag: e.ETag, Source: "assets of other builds"},
	}
}

// minHash is the shortest text that may be a hash.
const minHash = 8

// isHashed reports whether a path has the form of one that tells of the content of its file:
// it has an extension, and a part that may be a hash, as "style.3f2a90c1d4e5.css" and
// "assets/index-BdK3x9Qa.js".
func isHashed(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if strings.LastIndexByte(name, '.') <= 0 {
		return false
	}
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/.-_", r) }) {
		if len(part) >= minHash && mayBeHash(part) {
			return true
		}
	}
	return false
}

func mayBeHash(part string) bool {
	digit, hexadecimal := false, true
	for _, c := range []byte(part) {
		switch {
		case '0' <= c && c <= '9':
			digit = true
		case 'a' <= c && c <= 'f':
		case 'g' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			hexadecimal = false
		default:
			return false
		}
	}
	return digit || hexadecimal
}

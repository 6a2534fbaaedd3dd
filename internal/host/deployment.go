package host

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/lru"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/throttle"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// Options are the settings of a Deployment. The zero value is usable.
type Options struct {
	// Hosts are the names that are served, with or without a port, and "*" for
	// any other. Each has its own cache of pages, whose renderings see the name as
	// it is given here ("*": as the visitor sent it). Without Hosts every name is
	// served, all share one cache, and renderings see Addr.
	Hosts []string
	// Addr is the host's own address, which shared renderings see, and where
	// functions ask it; "" is localhost.
	Addr string
	// HostURL is where functions ask the host, if not by http at Addr.
	HostURL string
	// Log gets one record per request and the output of functions; nil discards.
	Log *slog.Logger
	// CacheDir is where regenerated pages survive a restart, in a directory of
	// the build's own; "" keeps them in memory only.
	CacheDir string
	// Shared is a cache that this host shares with others, which serve the same site;
	// nil for none. CacheDir is then for when it does not answer. Who gives it closes it,
	// after the Deployment.
	Shared SharedCache
	// TrustForwarded trusts X-Forwarded-For (its last address), X-Forwarded-Proto
	// and X-Forwarded-Host of requests: it is for a host that only a proxy can
	// reach.
	TrustForwarded bool
	// Python is the interpreter of Python functions; "" looks for the one that each asks
	// for.
	Python string
	// PythonState is the same while a process of Python is as one that was started before.
	PythonState string
	// Spares are processes for the Python functions of this deployment and of those that
	// follow it; nil for none.
	Spares *Spares

	// Linked returns how a function of an output is called that is linked into this
	// program, nil for one that has a process of its own. It may be nil itself.
	Linked func(*output.Output, *output.Function) Linked
	// Metrics count; nil for those of the deployment alone.
	Metrics *Metrics
	// Tracer makes spans of requests; nil for none.
	Tracer Tracer

	// The rest is for tests.
	descriptors               int  // limit of open files; 0 is the system's
	caseSensitive             bool // routes without caseSensitive are case-sensitive too
	startTimeout, stopTimeout time.Duration
	readTimeout, writeTimeout time.Duration
	now                       func() time.Time
	pagesInMemory             int64 // in bytes; 0 is maxPagesInMemory
	renderings                prerender.Options
	// deadline bounds the response of a function; nil is context.WithTimeoutCause.
	deadline func(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc)
}

// Spares are processes that have started before a function needs one. Close them.
type Spares = function.Spares

// Linked responds to the requests of a function that is linked into this program.
type Linked = function.Linked

// SharedCache is a cache that hosts share.
type SharedCache = prerender.Shared

// Output logs what a function says that is linked into this program.
type Output = function.Output

// NewOutput returns an Output that logs to log.
func NewOutput(log *slog.Logger) *Output { return function.NewOutput(log) }

// Rest is for how long after a change the next one is not prepared.
const Rest = function.Rest

// Bounds of the pages that are cached, in bytes.
const (
	maxPagesInMemory = 128 << 20
	maxPagesOnDisk   = 1 << 30
)

// Deployment is one output that is being served, with its functions and cached
// pages. It may serve any number of requests at once.
type Deployment struct {
	out       *output.Output
	opts      Options
	log       *slog.Logger
	throttled *throttle.Logger // for messages that visitors may trigger often
	table     *router.Table
	functions *function.Set
	pages     *prerender.Cache
	link      *prerender.Link   // nil without a shared cache
	assets    *prerender.Assets // of other builds, too; nil without a shared cache
	files     *wire.ByteCache
	spool     *spool
	runaways  runaways
	proxy     *http.Transport // to other servers
	shared    map[*output.Prerender]*prerendered
	tokens    []string                             // that bypass the cache
	fallbacks *lru.Cache[string, *prerender.Entry] // by name
	pinned    *scratch.Dir                         // holds out; nil if out is served in place
	identity  identity                             // of the directory that out was read from
	users     *users                               // counted by a Server
	draining  context.Context                      // ended when there will be no new requests
	drain     context.CancelFunc
	full      func() bool // reports whether connections must end with their response
}

// New returns a Deployment of out, which must not change while it is served.
// Functions are started at their first request. The error is a diag.List if the
// output cannot be served.
func New(out *output.Output, opts Options) (*Deployment, error) {
	opts = opts.withDefaults()
	table, err := router.Compile(out, router.Options{CaseSensitive: opts.caseSensitive})
	if err != nil {
		return nil, err
	}
	share := shareDescriptors(opts.descriptors)
	opts.renderings.Now, opts.renderings.Log, opts.renderings.Waiting = opts.now, opts.Log, share.connections/2
	opts.renderings.Renderings = cmp.Or(opts.renderings.Renderings, share.renderings)
	var linked func(*output.Function) Linked
	if opts.Linked != nil {
		linked = func(f *output.Function) Linked { return opts.Linked(out, f) }
	}
	d := &Deployment{
		out:       out,
		opts:      opts,
		log:       opts.Log,
		throttled: throttle.New(opts.Log, logInterval, opts.now),
		table:     table,
		functions: function.NewSet(function.Options{
			Processes: &opts.Metrics.processes, Wrap: opts.observe, Log: opts.Log, Python: opts.Python, PythonState: opts.PythonState, Spares: opts.Spares, Linked: linked, HostURL: opts.HostURL, StartTimeout: opts.startTimeout, StopTimeout: opts.stopTimeout, MaxIdle: share.idle,
		}),
		files:     wire.NewByteCache(),
		spool:     newSpool(share.spools),
		runaways:  runaways{byRoute: map[int]int{}},
		fallbacks: lru.New[string, *prerender.Entry](maxFallbacks, nil),
		proxy:     newProxyTransport(),
		users:     newUsers(),
		full:      func() bool { return false },
	}
	d.draining, d.drain = context.WithCancel(context.Background())
	if err := d.compilePages(); err != nil {
		return nil, err
	}
	if opts.Shared != nil {
		d.link = prerender.NewLink(opts.Shared, opts.Log)
		d.assets = prerender.NewAssets(d.link, opts.now)
	}
	d.pages = prerender.NewCache(openStore(out, d.link, opts), opts.renderings)
	if d.link != nil {
		d.shareAssets()
	}
	d.warn()
	return d, nil
}

func (o Options) withDefaults() Options {
	o.Hosts = slices.Clone(o.Hosts)
	for i, name := range o.Hosts {
		o.Hosts[i] = strings.ToLower(name)
	}
	o.Addr = cmp.Or(o.Addr, "localhost")
	o.HostURL = cmp.Or(o.HostURL, "http://"+o.Addr)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.descriptors = cmp.Or(o.descriptors, openFilesLimit())
	o.pagesInMemory = cmp.Or(o.pagesInMemory, maxPagesInMemory)
	o.readTimeout = cmp.Or(o.readTimeout, wire.ReadTimeout)
	o.writeTimeout = cmp.Or(o.writeTimeout, wire.WriteTimeout)
	if o.now == nil {
		o.now = time.Now
	}
	if o.Metrics == nil {
		o.Metrics = new(Metrics)
	}
	if o.deadline == nil {
		o.deadline = context.WithTimeoutCause
	}
	return o
}

// compilePages prepares what requests for regenerated pages share, and lists the tokens
// with which they bypass the cache.
func (d *Deployment) compilePages() error {
	d.shared = map[*output.Prerender]*prerendered{}
	var list diag.List
	for _, e := range d.out.Entries {
		p, ok := e.(*output.Prerender)
		if !ok || d.shared[p] != nil {
			continue
		}
		d.shared[p] = newPrerendered(p)
		if p.Config.BypassToken != "" && !slices.Contains(d.tokens, p.Config.BypassToken) {
			d.tokens = append(d.tokens, p.Config.BypassToken)
		}
		c, err := router.CompileConditions(p.Config.BypassFor)
		if err != nil {
			list.Add(diag.Pos{}, "", "prerender %q: %v", p.Name, err)
		}
		d.shared[p].bypass = c
	}
	return list.Err()
}

// warn logs what in the output will not work here.
func (d *Deployment) warn() {
	var list diag.List
	list = append(list, d.out.Warnings...)
	for i, r := range d.out.Config.Routes {
		switch {
		case r.MiddlewarePath != "":
			list.Add(diag.Pos{}, "", "routes[%d] runs middleware, which this host does not: what it matches is answered with 502", i)
		case r.Mitigate != nil && r.Mitigate.Action == "challenge":
			list.Add(diag.Pos{}, "", "routes[%d] challenges visitors, which this host does not: they pass", i)
		}
	}
	seen := map[*output.Function]bool{}
	for _, e := range d.out.Entries {
		if p, ok := e.(*output.Prerender); ok {
			for _, name := range p.Config.AllowHeader {
				if key := http.CanonicalHeaderKey(name); unseen(key) && !strings.HasPrefix(key, "X-Prerender-Revalidate") {
					list.Add(diag.Pos{}, "", "prerender %q: allowHeader names %q, which pages that are kept never see: it has no effect", p.Name, name)
				}
			}
		}
		f := functionOf(e)
		if f == nil || seen[f] {
			continue
		}
		seen[f] = true
		if _, err := d.functions.Get(f); err != nil {
			list.Add(diag.Pos{}, "", "%v; requests to it are answered with 502", err)
		} else if !native(&f.Config) && !d.functions.IsLinked(f) {
			list.Add(diag.Pos{}, "", "function %q is made for linux on %s, this machine is %s on %s", f.Name, f.Config.Architecture, runtime.GOOS, runtime.GOARCH)
		}
	}
	if err, ok := list.Err().(diag.List); ok {
		for _, warning := range err {
			d.log.Warn(warning.String())
		}
	}
}

// native reports whether a function's program is built for this machine, as far as
// its configuration tells.
func native(c *output.FunctionConfig) bool {
	if c.Runtime != "executable" && !strings.HasPrefix(c.Runtime, "provided") {
		return true // interpreted
	}
	names := map[string]string{"x86_64": "amd64", "arm64": "arm64"}
	return c.Architecture == "" || names[c.Architecture] == runtime.GOARCH
}

func functionOf(e output.Entry) *output.Function {
	switch e := e.(type) {
	case *output.Function:
		return e
	case *output.Prerender:
		return e.Function
	}
	return nil
}

// logInterval is how often the same message is logged that visitors may trigger.
const logInterval = 30 * time.Second

// Close stops the functions, by force once ctx is done. No request may be under
// way.
func (d *Deployment) Close(ctx context.Context) {
	d.drain()
	d.pages.Close(ctx)
	if d.link != nil {
		d.link.Close()
	}
	d.functions.Close(ctx)
	d.proxy.CloseIdleConnections()
	if d.pinned == nil {
		return
	}
	written, err := d.pinned.RemoveUnless(func() ([]string, error) { return output.Written(d.out.Dir) })
	if len(written) > 0 {
		d.log.Warn("functions have written into their directories, which are kept until that is moved elsewhere", "directory", d.out.Dir, "files", written)
	}
	if err != nil {
		d.log.Warn("the pinned output is not removed", "directory", d.out.Dir, "error", err)
	}
}

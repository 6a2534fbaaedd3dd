package host

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// Options are the settings of a Host. The zero value is usable.
type Options struct {
	// Log gets one record per request and the output of functions; nil discards.
	Log *slog.Logger
	// CacheDir is where answers of regenerated pages survive a restart, in a
	// directory of the build's own; "" keeps them in memory only.
	CacheDir string
	// CacheBytes bounds the answers kept in memory, and CacheDirBytes those on
	// disk; 0 is 128 MiB and 1 GiB.
	CacheBytes, CacheDirBytes int64
	// Env is the environment of functions; nil is the host's own.
	Env []string
	// CaseSensitive makes routes without caseSensitive match letter case too.
	CaseSensitive bool
	// TrustForwarded believes what requests say in X-Forwarded-For (its last
	// address), X-Forwarded-Proto and X-Forwarded-Host: it is for a host that
	// only a proxy can reach.
	TrustForwarded bool
	// StartTimeout is how long a function may take to become ready; 0 is 30 s.
	StartTimeout time.Duration
	// Now tells the time; nil is time.Now.
	Now func() time.Time

	// bodyTimeout and writeTimeout are the constants of these names, but for
	// tests.
	bodyTimeout, writeTimeout time.Duration
	// stopTimeout is function.Options.StopTimeout.
	stopTimeout time.Duration
	// deadline bounds the answer of a function; nil is context.WithTimeoutCause.
	deadline func(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc)
}

// Host serves one output. It may serve any number of requests at once.
type Host struct {
	out       *output.Output
	opts      Options
	log       *slog.Logger
	table     *router.Table
	functions *function.Set
	pages     *prerender.Cache
	files     *files
	proxy     *http.Transport // to other servers
	bypass    map[*output.Prerender]router.Conditions
	fallbacks *prerender.Memory // by name
}

// New returns a Host for out. It starts no function before it is asked for
// one. The error is a diag.List when the output cannot be served, and names what
// failed otherwise.
func New(out *output.Output, opts Options) (*Host, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.deadline == nil {
		opts.deadline = context.WithTimeoutCause
	}
	if opts.bodyTimeout == 0 {
		opts.bodyTimeout = bodyTimeout
	}
	if opts.writeTimeout == 0 {
		opts.writeTimeout = writeTimeout
	}
	if opts.CacheBytes == 0 {
		opts.CacheBytes = 128 << 20
	}
	if opts.CacheDirBytes == 0 {
		opts.CacheDirBytes = 1 << 30
	}
	table, err := router.Compile(out, router.Options{CaseSensitive: opts.CaseSensitive})
	if err != nil {
		return nil, err
	}
	h := &Host{
		out:   out,
		opts:  opts,
		log:   opts.Log,
		table: table,
		functions: function.NewSet(function.Options{
			Log: opts.Log, Env: opts.Env, StartTimeout: opts.StartTimeout, StopTimeout: opts.stopTimeout,
		}),
		pages: prerender.NewCache(openStore(out, opts), opts.Now, opts.Log),
		files: newFiles(),

		fallbacks: prerender.NewMemory(maxFallbacks, opts.Now),
		proxy:     newProxyTransport(),
	}
	if err := h.compileBypasses(); err != nil {
		return nil, err
	}
	h.warn()
	return h, nil
}

// compileBypasses compiles the conditions under which pages are not cached.
func (h *Host) compileBypasses() error {
	h.bypass = map[*output.Prerender]router.Conditions{}
	var list diag.List
	for _, e := range h.out.Entries {
		p, ok := e.(*output.Prerender)
		if !ok || p.Config.BypassFor == nil {
			continue
		}
		c, err := router.CompileConditions(p.Config.BypassFor)
		if err != nil {
			list.Add(diag.Pos{}, "", "prerender %q: %v", p.Name, err)
			continue
		}
		h.bypass[p] = c
	}
	return list.Err()
}

// warn logs, once, what of the output will not work here.
func (h *Host) warn() {
	var list diag.List
	list = append(list, h.out.Warnings...)
	for i, r := range h.out.Config.Routes {
		switch {
		case r.MiddlewarePath != "":
			list.Add(diag.Pos{}, "", "routes[%d] runs middleware, which this host does not: what it matches is answered with 502", i)
		case r.Mitigate != nil && r.Mitigate.Action == "challenge":
			list.Add(diag.Pos{}, "", "routes[%d] challenges visitors, which this host does not: they pass", i)
		}
	}
	seen := map[*output.Function]bool{}
	for _, e := range h.out.Entries {
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
		if _, err := h.functions.Get(f); err != nil {
			list.Add(diag.Pos{}, "", "%v; requests to it are answered with 502", err)
		} else if !native(&f.Config) {
			list.Add(diag.Pos{}, "", "function %q is made for linux on %s, this machine is %s on %s", f.Name, f.Config.Architecture, runtime.GOOS, runtime.GOARCH)
		}
	}
	if err, ok := list.Err().(diag.List); ok {
		for _, d := range err {
			h.log.Warn(d.String())
		}
	}
}

// native reports whether the programs of a function are made for this machine,
// as far as it says.
func native(c *output.FunctionConfig) bool {
	if c.Runtime != "executable" && !strings.HasPrefix(c.Runtime, "provided") {
		return true // an interpreter runs it
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

// Close stops the functions: it lets them end by themselves until ctx is done.
// Requests must have ended.
func (h *Host) Close(ctx context.Context) {
	h.pages.Close(ctx)
	h.functions.Close(ctx)
	h.proxy.CloseIdleConnections()
}

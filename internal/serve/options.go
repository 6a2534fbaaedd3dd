package serve

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/jsonlog"
)

// Options are what the flags say of how an output is served.
type Options struct {
	Addr           string // host:port to listen on
	TrustForwarded bool   // what a proxy in front says of the visitor
	Hosts          []string
	Crons          bool
	Cache          string // where regenerated pages are kept
	Log            Format
	// Admin is where those who run the host look into it: a port, host:port, unix:PATH or
	// "off"; "" for a socket in Site.PagesDir alone.
	Admin string
	TLS   TLS
}

// AddFlags defines the flags.
func (o *Options) AddFlags(f *flag.FlagSet) {
	o.Log = Text
	f.StringVar(&o.Addr, "addr", "", "`host:port` to listen on; port 0 picks one (default: localhost:3000; :443 with https)")
	f.BoolVar(&o.TrustForwarded, "trust-forwarded", false, "believe X-Forwarded-For, -Proto and -Host: only behind a proxy that sets them")
	f.Func("host", "`name` that is served, may be repeated; * is any (default: all names, which share their pages)", o.addHosts)
	f.BoolVar(&o.Crons, "crons", false, "request the crons of vercel.json on their schedules, in UTC, with CRON_SECRET of the environment")
	f.StringVar(&o.Cache, "cache", "", "`where` regenerated pages are kept: redis://host:port/db, which many hosts share, memory, or a directory (default: a directory in the user's cache)")
	f.StringVar(&o.Admin, "admin", "", "`address` for metrics, profiles and jargo cache: a port of 127.0.0.1, host:port or unix:PATH; off for none (default: a socket for jargo cache)")
	o.TLS.addFlags(f)
	f.Var(&o.Log, "log", "`format` of the log on standard error: text or json")
}

// Resolve makes paths absolute, which are below wd.
func (o *Options) Resolve(wd string) {
	if o.Cache != "" && o.Cache != "memory" && !strings.Contains(o.Cache, "://") && !filepath.IsAbs(o.Cache) {
		o.Cache = filepath.Join(wd, o.Cache)
	}
	for _, file := range []*string{&o.TLS.CertFile, &o.TLS.KeyFile, &o.TLS.Storage} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(wd, *file)
		}
	}
	if socket, ok := strings.CutPrefix(o.Admin, "unix:"); ok && !filepath.IsAbs(socket) {
		o.Admin = "unix:" + filepath.Join(wd, socket)
	}
}

// NeedsDrivers lists the packages below driver/ that the options take.
func (o *Options) NeedsDrivers() (packages []string) {
	if len(o.TLS.Domains) > 0 {
		packages = append(packages, "driver/acme")
	}
	if strings.Contains(o.Cache, "://") {
		packages = append(packages, "driver/redis")
	}
	return packages
}

// addHosts takes a value of --host: one name or several.
func (o *Options) addHosts(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if err := host.CheckHost(name); err != nil {
			return err
		}
		o.Hosts = append(o.Hosts, name)
	}
	return nil
}

// Format is the form of log lines.
type Format string

// The formats.
const (
	Text Format = "text"
	JSON Format = "json"
)

// String implements flag.Value.
func (f *Format) String() string { return string(*f) }

// Set implements flag.Value.
func (f *Format) Set(s string) error {
	if s != string(Text) && s != string(JSON) {
		return fmt.Errorf("the log is text or json")
	}
	*f = Format(s)
	return nil
}

// Handler returns a handler that writes records in the format to w: by what text makes, if
// it is text.
func (f Format) Handler(w io.Writer, text func(io.Writer) slog.Handler) slog.Handler {
	if f == JSON {
		return jsonlog.New(w)
	}
	return text(w)
}

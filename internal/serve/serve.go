// Package serve serves an output as a process of its own: as jargo serve does, and a
// site that is one program.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/internal/asynclog"
	"github.com/jargo-dev/jargo/internal/host"
)

// Site is what is served.
type Site struct {
	// Open opens it with what the flags say, and opens it anew when there is a new
	// output.
	Open func(host.Options) (*host.Deployment, error)
	// Close ends what Open has begun that is not of one deployment, when nothing is served
	// any more. It may be nil.
	Close func()
	// Dir is the output directory that is replaced by a new output; "" for none.
	Dir string
	// PagesDir is the directory of regenerated pages where --cache says nothing else, and of
	// a socket by which this user can look into the host, which FindAdmin finds; "" for
	// none. It is made if it is missing.
	PagesDir string
	Drivers  Drivers
	// LogText makes the handler of a log in text, for the output that is there first or
	// for one that follows. nil is slog's own.
	LogText func(w io.Writer, first bool) slog.Handler
}

// Run serves a site on s, which it closes, until ctx is done. When it is ready it prints
// its address to stdout. The log goes to stderr.
func (o Options) Run(ctx context.Context, s *Sockets, site Site, stdout, stderr io.Writer) error {
	defer s.Close()
	room := make([]byte, garbageRoom)
	defer runtime.KeepAlive(room)
	var lost atomic.Int64
	log := o.startLog(stderr, site, &lost)
	defer log.Close(logPatience)
	if site.Close != nil {
		defer site.Close()
	}
	own := slog.New(o.logHandler(log, site, true))
	adminListeners, err := o.listenAdmin(ctx, s.Admin, site.PagesDir, own)
	if err != nil {
		return err
	}
	defer closeAll(adminListeners)
	cache, err := o.openCache(site.PagesDir, site.Drivers)
	if err != nil {
		return err
	}
	defer cache.close()
	counts := new(host.Metrics)
	hostURL := "http://" + OwnAddress(s.Site)
	if o.TLS.on() {
		if s.own, err = Listen(ctx, "127.0.0.1:0"); err != nil {
			return err
		}
		hostURL = "http://" + s.own.Addr().String()
	}
	open := func(first bool) (*host.Deployment, error) {
		options := host.Options{
			Hosts: o.Hosts, Addr: OwnAddress(s.Site), HostURL: hostURL, TrustForwarded: o.TrustForwarded,
			Log: slog.New(o.logHandler(log, site, first)), Metrics: counts,
		}
		cache.set(&options)
		return site.Open(options)
	}
	deployment, err := open(true)
	if err != nil {
		return err
	}
	server := host.NewServer(deployment)
	defer (&admin{server, ctx, &lost}).start(adminListeners, own)()
	if o.Crons {
		server.Crons(os.Getenv("CRON_SECRET"))
	}
	second := OnSecondSignal(server.Abort)
	defer second()
	reload := make(chan os.Signal, 1)
	NotifyReload(reload)
	defer signal.Stop(reload)
	if site.Dir != "" {
		go server.Follow(ctx, site.Dir, reload, func() (*host.Deployment, error) {
			s.manager.reloading()
			return open(false)
		}, s.manager.ready)
	} else {
		go s.manager.reloadNothing(ctx, reload)
	}
	defer s.manager.stoppingAfter(ctx)()
	return o.serve(ctx, server, s, site.Drivers, own, stdout)
}

// serve serves what server has, by https or without, and says so when it begins.
func (o Options) serve(ctx context.Context, server *host.Server, s *Sockets, drivers Drivers, log *slog.Logger, stdout io.Writer) error {
	scheme := "http"
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	if o.TLS.on() {
		scheme = "https"
		certificates, err := o.TLS.open(s, drivers, log)
		if err != nil {
			end() // nothing is served, but closed
			return errors.Join(err, server.Serve(ctx, s.Site))
		}
		defer certificates.Close()
		server.Secure(certificates.TLSConfig())
		beside.Go(func() {
			if err := server.ServeBeside(ctx, s.own, asSecure(server)); err != nil {
				log.Error("functions cannot ask the host any more", "error", err)
			}
		})
		if s.HTTP != nil {
			redirect := certificates.HTTPHandler(redirectTo(port(s.Site)))
			beside.Go(func() {
				if err := server.ServeBeside(ctx, s.HTTP, redirect); err != nil {
					log.Error("http is not redirected any more", "error", err)
				}
			})
		}
	}
	if _, err := fmt.Fprintf(stdout, "Listening on %s://%s\n", scheme, s.Site.Addr()); err != nil {
		end()
		return errors.Join(err, server.Serve(ctx, s.Site))
	}
	s.manager.ready()
	return server.Serve(ctx, s.Site)
}

// garbageRoom is how much garbage requests may make, at least, before it is collected, in
// bytes. It takes no memory by itself: nobody writes to it. Without it a host whose heap is
// small collects a hundred times a second.
const garbageRoom = 8 << 20

// logPatience is how long the last lines of the log may take to be written.
const logPatience = 2 * time.Second

// startLog returns what log records are written to, which no request waits for. Lines that
// are missing are added to lost.
func (o Options) startLog(stderr io.Writer, site Site, lost *atomic.Int64) *asynclog.Writer {
	var log *asynclog.Writer
	log = asynclog.New(stderr, func(lines int) {
		lost.Add(int64(lines))
		slog.New(o.logHandler(log, site, false)).Warn("lines of the log are missing: what it is written to is too slow", "lines", lines)
	})
	return log
}

func (o Options) logHandler(w io.Writer, site Site, first bool) slog.Handler {
	return o.Log.Handler(w, func(w io.Writer) slog.Handler {
		if site.LogText == nil {
			return slog.NewTextHandler(w, nil)
		}
		return site.LogText(w, first)
	})
}

// OnSecondSignal calls do when the process is told to stop again while it is
// stopping. It must be called before the first time; stop ends it.
func OnSecondSignal(do func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for range 2 {
			select {
			case <-signals:
			case <-done:
				return
			}
		}
		do()
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

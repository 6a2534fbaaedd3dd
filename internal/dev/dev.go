// Package dev is the work on a site: whenever a file is saved, it builds the site anew
// and lets a running server go over to it, as a deployment does. What it builds is in
// scratch directories; the project gets nothing.
package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/dev/browser"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// Options say how to work on a site.
type Options struct {
	// Build is how the site is built. Out, Dev, Session and Sources are up to Run.
	Build    build.Options
	Listener net.Listener
	Host     host.Options // but for Log
	// Log makes the log of an output, whose pages have these files, by output path.
	Log func(sources map[string]string) *slog.Logger
	// Names are those by which the site may be asked for, beside localhost and addresses;
	// "*" is any.
	Names  []string
	Editor string // browser.Options.Editor
	// Started is called before the first build, when nothing that changes is missed any more.
	Started func() error
	// Changed is told what has come of each change, one at a time.
	Changed func(Change)
	// Abort, when it is closed, makes Run return without waiting for requests.
	Abort <-chan struct{}
}

// Change is files that were saved together, and what has come of it.
type Change struct {
	Files  []string      // sorted, with slashes; relative to the project if they are in it. None at the start
	Took   time.Duration // since the first of them was saved
	Report *build.Report // nil if it failed
	Err    error
}

// Run serves the site as its files are until ctx is done. The first build has ended when
// the first request is accepted.
func Run(ctx context.Context, o Options) error {
	root, err := filepath.Abs(o.Build.Dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return fmt.Errorf("open the project: %w", err)
	}
	parent, err := outputsDir()
	if err != nil {
		return err
	}
	log := o.Log(nil)
	w, err := newWatcher(root, func(err error) { log.Error(err.Error()) })
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(); err != nil {
		return err
	}
	if err := o.Started(); err != nil {
		return err
	}
	o.Build.Dir, o.Build.Sources = root, w.addOutside
	o.Build.Dev, o.Build.Session = true, new(build.Session)
	defer o.Build.Session.Close()
	o.Host.Spares = new(host.Spares)
	defer o.Host.Spares.Close()
	return o.run(ctx, parent, w.changes)
}

// run is Run with what is at hand: where outputs are made, and the changes.
func (o Options) run(ctx context.Context, parent string, changes <-chan batch) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first := o.build(ctx, parent, batch{since: time.Now()})
	deployment := first.deployment
	if deployment == nil {
		if ctx.Err() != nil {
			return nil
		}
		var err error
		if deployment, err = o.nothing(parent); err != nil {
			return err
		}
	}
	server := host.NewServer(deployment)
	b := browser.New(server, browser.Options{Dir: o.Build.Dir, Editor: o.Editor})
	server.Handle(forNames(o.Names, b))
	defer context.AfterFunc(ctx, b.Close)()
	o.tell(b, first.Change)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.follow(ctx, parent, changes, server, b)
	}()
	served := make(chan struct{})
	go func() {
		select {
		case <-o.Abort:
			server.Abort()
		case <-served:
		}
	}()
	err := server.Serve(ctx, o.Listener)
	close(served)
	cancel()
	<-ended
	return err
}

// follow builds what changes until ctx is done.
func (o Options) follow(ctx context.Context, parent string, changes <-chan batch, server *host.Server, b *browser.Browser) {
	rested := time.After(host.Rest)
	for {
		select {
		case <-ctx.Done():
			return
		case <-rested:
			o.Build.Session.Prepare()
		case files := <-changes:
			r := o.build(ctx, parent, files)
			if r.deployment != nil {
				server.Deploy(r.deployment)
			}
			if ctx.Err() == nil {
				o.tell(b, r.Change)
			}
			rested = time.After(host.Rest)
		}
	}
}

// tell says what has come of a change.
func (o Options) tell(b *browser.Browser, c Change) {
	var mistakes diag.List
	switch {
	case c.Err == nil:
		b.SetPlace(c.Report.Place)
		b.Changed(c.Files)
	case errors.As(c.Err, &mistakes):
		b.Failed(mistakes, nil)
	default:
		b.Failed(nil, c.Err)
	}
	o.Changed(c)
}

// result is what has come of a change, and what serves it; nil if it failed.
type result struct {
	Change
	deployment *host.Deployment
}

// build builds the site as it is now.
func (o Options) build(ctx context.Context, parent string, b batch) result {
	r := result{Change: Change{Files: b.files}}
	r.deployment, r.Err = inScratch(parent, func(dir *scratch.Dir) (*host.Deployment, error) {
		o.Build.Out, o.Build.Changed = filepath.Join(dir.Path, outputName), b.files
		report, err := build.Build(ctx, o.Build)
		if err != nil {
			return nil, err
		}
		r.Report = report
		o.Host.Python, o.Host.PythonState = report.Python, report.PythonState // for which packages were installed
		return o.take(dir, report.Site.Sources())
	})
	r.Took = time.Since(b.since)
	return r
}

// nothing serves an output with one empty page, which is at all paths: there is no site
// yet, and what is seen in place of its pages has to be seen everywhere.
func (o Options) nothing(parent string) (*host.Deployment, error) {
	return inScratch(parent, func(dir *scratch.Dir) (*host.Deployment, error) {
		out := filepath.Join(dir.Path, outputName)
		if err := os.MkdirAll(filepath.Join(out, "static"), 0o755); err != nil {
			return nil, err
		}
		for name, text := range map[string]string{
			output.ConfigFile:   `{"version": 3, "routes": [{"src": "/.*", "dest": "/index.html"}]}`,
			"static/index.html": "",
		} {
			if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
				return nil, err
			}
		}
		return o.take(dir, nil)
	})
}

func (o Options) take(dir *scratch.Dir, sources map[string]string) (*host.Deployment, error) {
	o.Host.Log = o.Log(sources)
	return host.Take(dir, outputName, o.Host)
}

// outputName is the name of an output in its scratch directory.
const outputName = "output"

// inScratch calls do with a scratch directory, which goes with the deployment that do
// returns.
func inScratch(parent string, do func(*scratch.Dir) (*host.Deployment, error)) (*host.Deployment, error) {
	dir, err := scratch.New(parent, output.KeepWritten)
	if err != nil {
		return nil, fmt.Errorf("make a directory for the output: %w", err)
	}
	d, err := do(dir)
	if err != nil {
		_ = dir.Remove() // left behind where it cannot be removed
	}
	return d, err
}

// outputsDir is where outputs are made: where programs can be run, and out of the
// project.
func outputsDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return os.TempDir(), nil
	}
	dir := filepath.Join(base, "jargo", "dev")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a directory for outputs: %w", err)
	}
	return dir, nil
}

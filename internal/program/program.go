// Package program is a site that is one program with its host. It is compiled into the
// site's module, as the engine is.
//
// Why it is done so: docs/decisions/0015-one-program.md.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/program/start"
	"github.com/jargo-dev/jargo/internal/serve"
)

// Main serves the site until the program is told to end. It does not return.
func Main(s engine.Site, drivers serve.Drivers) {
	if start.Archive == "" {
		os.Exit(runSupervised(s, drivers))
	}
	code := run(s, drivers, os.Args[1:])
	if written, err := start.Remove(); err != nil {
		fmt.Fprintf(os.Stderr, "remove what was unpacked: %v\n", err)
	} else if len(written) > 0 {
		fmt.Fprintf(os.Stderr, "functions have written into their directories, which are kept until that is moved elsewhere: %q\n", written)
	}
	os.Exit(code)
}

// run is a program that has its output.
func run(s engine.Site, drivers serve.Drivers, args []string) int {
	var o serve.Options
	flags := flag.NewFlagSet(filepath.Base(os.Args[0]), flag.ContinueOnError)
	o.AddFlags(flags)
	asked := flags.Bool("health", false, "say whether this program serves already, and exit")
	flags.Usage = func() { usage(flags) }
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(os.Stderr, "there is no argument %q\n", flags.Arg(0))
		flags.Usage()
		return 2
	}
	pages := serve.PagesDir(programFile())
	if *asked {
		if err := health(pages); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	o.Resolve(start.Wd)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sockets, err := o.Listen(ctx, drivers)
	if err == nil {
		err = serveSite(ctx, s, o, sockets, os.Stdout, os.Stderr, &source{
			drivers: drivers,
			pages:   pages,
			dir:     filepath.Join(start.Private.Path, filepath.FromSlash(start.FunctionDir)),
			open: func(o host.Options) (*host.Deployment, error) {
				out, err := readArchive(start.Archive, start.Private.Path)
				if err != nil {
					return nil, err
				}
				return host.New(out, o)
			},
			isOf: func(*output.Output) bool { return true }, // there is no other
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// programFile is the program's own file, by which its caches are told from another's.
func programFile() string {
	file, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return file
}

// usage tells a person how the program is used.
func usage(flags *flag.FlagSet) {
	fmt.Fprintf(flags.Output(), "%s serves the site that it was made of.\n\nFlags:\n", flags.Name())
	flags.PrintDefaults()
}

// IsLinked reports whether a program of the site has a function of its output in it.
func IsLinked(f *output.Function) bool { return f.Config.RuntimeLanguage == "go" }

// source is where the output comes from.
type source struct {
	drivers serve.Drivers
	pages   string // the default directory of regenerated pages
	dir     string // with the files of the function that the program is
	follow  string // an output directory that may be replaced; "" for none
	open    func(host.Options) (*host.Deployment, error)
	// isOf reports whether an output is the one of which the program is.
	isOf func(*output.Output) bool
}

// closePatience is how long a site may take to close when all is over: as long as the
// process of a function may take to end.
const closePatience = 5 * time.Second

// serveSite opens the site and serves it until ctx is done.
func serveSite(ctx context.Context, s engine.Site, o serve.Options, sockets *serve.Sockets, ready, stderr io.Writer, from *source) error {
	defer sockets.Close()
	var site *engine.Linked
	var log *host.Output
	aborted := make(chan struct{})
	defer serve.OnSecondSignal(func() { close(aborted) })()
	return o.Run(ctx, sockets, serve.Site{
		Dir: from.follow, PagesDir: from.pages, Drivers: from.drivers,
		Open: func(options host.Options) (*host.Deployment, error) {
			if site == nil {
				err := os.Setenv("JARGO_HOST_URL", options.HostURL)
				if err != nil {
					return nil, err
				}
				log = host.NewOutput(options.Log)
				if site, err = engine.Link(ctx, s, from.dir, log.Record); err != nil {
					return nil, err
				}
			}
			options.Linked = func(out *output.Output, f *output.Function) host.Linked {
				if !IsLinked(f) || !from.isOf(out) {
					return nil
				}
				return site.Serve
			}
			return from.open(options)
		},
		Close: func() {
			if site == nil {
				return
			}
			closed := make(chan struct{})
			go func() { defer close(closed); site.Close() }()
			select {
			case <-closed:
			case <-aborted:
			case <-time.After(closePatience):
				log.Record("", "error", "Close of what Open returned takes too long")
			}
		},
	}, ready, stderr)
}

package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/output"
)

// serveFlags are the flags of jargo serve.
type serveFlags struct {
	addr     string
	prebuilt bool
	log      logFormat
	explain  string // a path or URL; "" serves
	python   string
	limits   build.Limits
	trust    bool // what a proxy in front says of the visitor
	hosts    []string
	crons    bool
}

func newServe() *cobra.Command {
	flags := serveFlags{log: logText}
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Build the site and serve it as production would",
		Long: `Serve builds the site in DIR and serves the output as production would. When
it is ready it prints one line to standard output, with its address. With
--prebuilt it serves what is there, whichever framework made it: DIR is then an
output directory, or a project that has one at .vercel/output.

It goes on with the output it began with until there is a new one, of another
jargo build, or SIGHUP tells it to look: then it goes over to that as a whole, and
no request fails.

With --explain nothing is served: it prints how a GET of a path or URL would be
routed, step by step, and what would answer it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error { return serve(cmd, dir, flags) }),
	}
	cmd.Flags().StringVar(&flags.addr, "addr", "localhost:3000", "`host:port` to listen on; port 0 picks one")
	cmd.Flags().BoolVar(&flags.prebuilt, "prebuilt", false, "serve the output that is there, do not build")
	cmd.Flags().BoolVar(&flags.trust, "trust-forwarded", false,
		"believe X-Forwarded-For, -Proto and -Host: only behind a proxy that sets them")
	cmd.Flags().StringSliceVar(&flags.hosts, "host", nil,
		"`name` that is served, may be repeated; * is any (default: all names, which share their pages)")
	cmd.Flags().BoolVar(&flags.crons, "crons", false,
		"request the crons of vercel.json on their schedules, in UTC, with CRON_SECRET of the environment")
	addPythonFlag(cmd, &flags.python)
	addLimitFlags(cmd, &flags.limits)
	cmd.Flags().Var(&flags.log, "log", "format of the log on standard error: text or json")
	cmd.Flags().StringVar(&flags.explain, "explain", "", "print how a `URL` is routed, and exit")
	return cmd
}

func serve(cmd *cobra.Command, dir string, flags serveFlags) error {
	ctx := cmd.Context()
	for _, name := range flags.hosts {
		if err := host.CheckHost(name); err != nil {
			return fmt.Errorf("--host: %w", err)
		}
	}
	if flags.explain != "" {
		return explain(cmd, dir, flags)
	}
	// That an address is taken shows at once, not after the build.
	listener, err := listen(ctx, flags.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	out, sources, err := outputToServe(cmd, dir, flags)
	if err != nil {
		return err
	}
	log, closeLog := flags.log.start(cmd.ErrOrStderr())
	defer closeLog()
	options := host.Options{
		Hosts: flags.hosts, Addr: ownAddress(listener), TrustForwarded: flags.trust,
		Log: slog.New(flags.log.handler(log, sources)), CacheDir: pageCacheDir(out),
	}
	deployment, err := host.Open(out, options)
	if err != nil {
		return err
	}
	server := host.NewServer(deployment)
	if flags.crons {
		server.Crons(os.Getenv("CRON_SECRET"))
	}
	second := onSecondSignal(server.Abort)
	defer second()
	reload := make(chan os.Signal, 1)
	notifyReload(reload)
	defer signal.Stop(reload)
	// What an output of another build was made of is not known.
	options.Log = slog.New(flags.log.handler(log, nil))
	go server.Follow(ctx, out, reload, func() (*host.Deployment, error) { return host.Open(out, options) })
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "Listening on http://%s\n", listener.Addr()); err != nil {
		listener.Close()
		return errors.Join(err, server.Serve(ctx, listener))
	}
	return server.Serve(ctx, listener)
}

// explain prints how a request would be routed.
func explain(cmd *cobra.Command, dir string, flags serveFlags) error {
	dir, _, err := outputToServe(cmd, dir, flags)
	if err != nil {
		return err
	}
	out, err := output.Read(dir)
	if err != nil {
		return err
	}
	// Without a page cache, which a host that serves may be using.
	d, err := host.New(out, host.Options{Log: slog.New(flags.log.handler(cmd.ErrOrStderr(), nil))})
	if err != nil {
		return err
	}
	defer d.Close(cmd.Context())
	return d.Explain(cmd.OutOrStdout(), http.MethodGet, flags.explain, nil)
}

// onSecondSignal calls do when the command is told to stop again while it is
// stopping. It must be called before the first time; stop ends it.
func onSecondSignal(do func()) (stop func()) {
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

// outputToServe is the output directory: a new one, with the files of its pages by
// output path, or the one that is there.
func outputToServe(cmd *cobra.Command, dir string, flags serveFlags) (out string, sources map[string]string, err error) {
	if flags.prebuilt {
		out = filepath.Join(dir, ".vercel", "output")
		if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
			out = dir
		}
		var diags diag.List
		if err := build.SetEnvironment(dir, &diags); err != nil {
			return "", nil, err
		}
		if err := diags.Err(); err != nil {
			return "", nil, err
		}
		return out, nil, nil // as it was given: diagnostics name files below it
	}
	o := build.Options{Dir: dir, Arch: runtime.GOARCH, Python: flags.python, Limits: flags.limits}
	if runtime.GOOS != "linux" {
		// The platform's functions do not run here: these are for this machine
		// and stay out of the output that is deployed.
		o.Native, o.Out = true, filepath.Join(dir, ".vercel", "output-"+runtime.GOOS)
	}
	report, err := runBuild(cmd, o)
	if err != nil {
		return "", nil, err
	}
	if err := printReport(cmd.ErrOrStderr(), report); err != nil {
		return "", nil, err
	}
	printWarnings(cmd.ErrOrStderr(), report.Warnings)
	return report.Out, report.Site.Sources(), nil
}

// pageCacheDir is where the regenerated pages of an output survive a restart; ""
// when the user has no cache directory.
func pageCacheDir(out string) string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(base, "jargo", "pages", hex.EncodeToString(sum[:6]))
}

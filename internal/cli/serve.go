package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
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
	trust    bool // what a proxy in front says of the visitor
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

With --explain nothing is served: it prints how a GET of a path or URL would be
routed, step by step, and what would answer it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error { return serve(cmd, dir, flags) }),
	}
	cmd.Flags().StringVar(&flags.addr, "addr", "localhost:3000", "`host:port` to listen on; port 0 picks one")
	cmd.Flags().BoolVar(&flags.prebuilt, "prebuilt", false, "serve the output that is there, do not build")
	cmd.Flags().BoolVar(&flags.trust, "trust-forwarded", false,
		"believe X-Forwarded-For, -Proto and -Host: only behind a proxy that sets them")
	addPythonFlag(cmd, &flags.python)
	cmd.Flags().Var(&flags.log, "log", "format of the log on standard error: text or json")
	cmd.Flags().StringVar(&flags.explain, "explain", "", "print how a `URL` is routed, and exit")
	return cmd
}

func serve(cmd *cobra.Command, dir string, flags serveFlags) error {
	ctx := cmd.Context()
	if flags.explain != "" {
		h, err := newHost(cmd, dir, flags)
		if err != nil {
			return err
		}
		defer h.Close(ctx)
		return h.Explain(cmd.OutOrStdout(), http.MethodGet, flags.explain, nil)
	}
	// An address that is taken is said at once, not after the build.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", flags.addr)
	if err != nil {
		return fmt.Errorf("%w\n    choose another address: --addr localhost:0 picks a free port", err)
	}
	defer listener.Close()
	h, err := newHost(cmd, dir, flags)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "Listening on http://%s\n", listener.Addr()); err != nil {
		h.Close(ctx)
		return err
	}
	return host.Serve(ctx, listener, h)
}

// newHost makes the host of the output that is to be served.
func newHost(cmd *cobra.Command, dir string, flags serveFlags) (*host.Host, error) {
	out, err := outputToServe(cmd, dir, flags)
	if err != nil {
		return nil, err
	}
	files, err := output.Read(out)
	if err != nil {
		return nil, err
	}
	cache := pageCache(out)
	if flags.explain != "" {
		cache = "" // which a host that serves may be using
	}
	return host.New(files, host.Options{
		Log:      slog.New(flags.log.handler(cmd.ErrOrStderr())),
		CacheDir: cache,

		TrustForwarded: flags.trust,
	})
}

// outputToServe is the output directory: a new one, or the one that is there.
func outputToServe(cmd *cobra.Command, dir string, flags serveFlags) (string, error) {
	if flags.prebuilt {
		out := filepath.Join(dir, ".vercel", "output")
		if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
			out = dir
		}
		return out, nil // as it was given: diagnostics name files below it
	}
	o := build.Options{Dir: dir, Arch: runtime.GOARCH, Python: flags.python}
	if runtime.GOOS != "linux" {
		// The platform's functions do not run here: these are for this machine
		// and stay out of the output that is deployed.
		o.Native, o.Out = true, filepath.Join(dir, ".vercel", "output-"+runtime.GOOS)
	}
	report, err := runBuild(cmd, o)
	if err != nil {
		return "", err
	}
	return report.Out, printReport(cmd.ErrOrStderr(), report)
}

// pageCache is where the regenerated pages of an output survive a restart; ""
// when the user has no cache directory.
func pageCache(out string) string {
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

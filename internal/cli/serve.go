package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/driver/acme"
	"github.com/jargo-dev/jargo/driver/redis"
	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/program"
	"github.com/jargo-dev/jargo/internal/scratch"
	"github.com/jargo-dev/jargo/internal/serve"
	"github.com/jargo-dev/jargo/internal/supervisor"
	"github.com/jargo-dev/jargo/internal/tracing"
)

// serveFlags are the flags of jargo serve.
type serveFlags struct {
	serve.Options
	prebuilt bool
	explain  string // a path or URL; "" serves
	python   string
	limits   build.Limits
}

func newServe() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Build the site and serve it as production would",
		Long: `Serve builds the site in DIR and serves the output as production would. When
it is ready it prints one line to standard output, with its address. With
--prebuilt it serves what is there, whichever framework made it: DIR is then an
output directory, or a project that has one at .vercel/output.

It goes on with the output it began with until there is a new one, of another
jargo build, or SIGHUP tells it to look: then it goes over to that as a whole, and
no request fails. It listens on sockets that systemd passes, rather than on --addr,
and says when it is ready: no request fails when it is started anew, either.

With --explain nothing is served: it prints how a GET of a path or URL would be
routed, step by step, and what would answer it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error { return runServe(cmd, dir, flags) }),
	}
	shared := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.AddFlags(shared)
	cmd.Flags().AddGoFlagSet(shared)
	cmd.Flags().BoolVar(&flags.prebuilt, "prebuilt", false, "serve the output that is there, do not build")
	addPythonFlag(cmd, &flags.python)
	addLimitFlags(cmd, &flags.limits)
	cmd.Flags().StringVar(&flags.explain, "explain", "", "print how a `URL` is routed, and exit")
	return cmd
}

func runServe(cmd *cobra.Command, dir string, flags serveFlags) error {
	if flags.explain != "" {
		return explain(cmd, dir, flags)
	}
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	flags.Resolve(wd)
	// That an address is taken shows at once, not after the build.
	sockets, err := flags.Listen(cmd.Context(), drivers)
	if err != nil {
		return err
	}
	defer sockets.Close()
	tracer, err := tracing.FromEnvironment(cmd.Context(), version())
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "jargo: warning: there are no traces: %v\n", err)
	}
	defer tracer.Close()
	if flags.prebuilt {
		out, err := prebuilt(dir)
		if err != nil {
			return err
		}
		return serveOutput(cmd, flags, sockets, tracer, out, nil)
	}
	temp, err := os.MkdirTemp("", "jargo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	file := filepath.Join(temp, supervisor.ProgramFile)
	if runtime.GOOS == "windows" { // where a process takes over no sockets
		file = ""
	}
	report, err := buildToServe(cmd, dir, flags, file)
	if err != nil {
		return err
	}
	if report.Program == "" || !linksAll(report.Drivers, flags.NeedsDrivers()) || tracer != nil {
		return serveOutput(cmd, flags, sockets, tracer, report.Out, report.Site.Sources())
	}
	return supervise(cmd, flags, sockets, report)
}

// linksAll reports whether what is needed is among drivers. If not, the command hosts the site
// itself, since it links them all, and the pages' function has a process of its own. So it
// does where there are traces, which it alone makes.
func linksAll(drivers, needed []string) bool {
	return !slices.ContainsFunc(needed, func(d string) bool { return !slices.Contains(drivers, d) })
}

// supervise serves a site by its own program.
func supervise(cmd *cobra.Command, flags serveFlags, sockets *serve.Sockets, report *build.Report) error {
	// Beside the output, where a build looks for what functions have written.
	dir, err := scratch.New(filepath.Dir(report.Out), output.KeepWritten)
	if err != nil {
		return err
	}
	if err := output.PlaceFile(report.Program, filepath.Join(dir.Path, supervisor.ProgramFile)); err != nil {
		return errors.Join(err, dir.Remove())
	}
	stderr, sources := os.Stderr, report.Site.Sources()
	s := &supervisor.Supervisor{
		Dir: dir, Sockets: sockets, Stdout: cmd.OutOrStdout(), Stderr: stderr,
		Told: program.Supervised{Options: flags.Options, Output: report.Out, Pages: serve.PagesDir(report.Out)},
		Log:  slog.New(flags.Log.Handler(stderr, func(w io.Writer) slog.Handler { return textLog(w, sources) })),
	}
	if flags.Log == serve.Text && isTerminal(stderr) {
		s.Relay, s.Told.Options.Log = textLog(stderr, sources), serve.JSON
	}
	return s.Run(cmd.Context())
}

// drivers are those of the command.
var drivers = serve.Drivers{
	Cache:        func(url string) (serve.SharedCache, error) { return redis.Open(url) },
	Certificates: func(o serve.CertificateOptions) (serve.Certificates, error) { return acme.Open(acme.Options(o)) },
}

// serveOutput serves an output, whose functions have processes of their own. sources has
// the files of its pages, by output path.
func serveOutput(cmd *cobra.Command, flags serveFlags, sockets *serve.Sockets, tracer *tracing.Tracer, out string, sources map[string]string) error {
	return flags.Run(cmd.Context(), sockets, serve.Site{
		Open: func(o host.Options) (*host.Deployment, error) {
			if tracer != nil {
				tracer.LogErrors(o.Log)
				o.Tracer = tracer
			}
			return host.Open(out, o)
		},
		Dir: out, PagesDir: serve.PagesDir(out), Drivers: drivers,
		LogText: func(w io.Writer, first bool) slog.Handler {
			if !first { // what an output of another build was made of is not known
				return textLog(w, nil)
			}
			return textLog(w, sources)
		},
	}, cmd.OutOrStdout(), cmd.ErrOrStderr())
}

// explain prints how a request would be routed.
func explain(cmd *cobra.Command, dir string, flags serveFlags) error {
	var out string
	var err error
	if flags.prebuilt {
		out, err = prebuilt(dir)
	} else {
		var report *build.Report
		if report, err = buildToServe(cmd, dir, flags, ""); report != nil {
			out = report.Out
		}
	}
	if err != nil {
		return err
	}
	read, err := output.Read(out)
	if err != nil {
		return err
	}
	// Without a page cache, which a host that serves may be using.
	d, err := host.New(read, host.Options{Log: slog.New(textLog(cmd.ErrOrStderr(), nil))})
	if err != nil {
		return err
	}
	defer d.Close(cmd.Context())
	return d.Explain(cmd.OutOrStdout(), http.MethodGet, flags.explain, nil)
}

// prebuilt is the output directory that is there, as it was given: diagnostics name files
// below it.
func prebuilt(dir string) (string, error) {
	out := filepath.Join(dir, ".vercel", "output")
	if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
		out = dir
	}
	var diags diag.List
	if err := build.SetEnvironment(dir, &diags); err != nil {
		return "", err
	}
	return out, diags.Err()
}

// buildToServe builds the site, and its program, as a file, unless that is "".
func buildToServe(cmd *cobra.Command, dir string, flags serveFlags, program string) (*build.Report, error) {
	o := build.Options{Dir: dir, Arch: runtime.GOARCH, Python: flags.python, Limits: flags.limits}
	if program != "" {
		o.Program = &build.Program{System: runtime.GOOS, Arch: runtime.GOARCH, File: program}
	}
	if runtime.GOOS != "linux" {
		// The platform's functions do not run here: these are for this machine
		// and stay out of the output that is deployed.
		o.Native, o.Out = true, filepath.Join(dir, ".vercel", "output-"+runtime.GOOS)
	}
	report, err := runBuild(cmd, o)
	if err != nil {
		return nil, err
	}
	if err := printReport(cmd.ErrOrStderr(), report); err != nil {
		return nil, err
	}
	printWarnings(cmd.ErrOrStderr(), report.Warnings)
	return report, nil
}

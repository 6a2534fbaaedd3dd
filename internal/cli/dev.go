package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/dev"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/serve"
)

// devFlags are the flags of jargo dev.
type devFlags struct {
	addr   string
	open   bool
	names  []string
	python string
	limits build.Limits
}

func newDev() *cobra.Command {
	var flags devFlags
	cmd := &cobra.Command{
		Use:   "dev [DIR]",
		Short: "Serve the site, and build it anew whenever a file is saved",
		Long: `Dev serves the site in DIR while you work on it. Whenever files are saved it builds
the site anew and goes over to that: until it is ready the old one responds, and no
request fails. What is wrong with the site is shown in place of its pages. Nothing is
written into DIR.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error { return develop(cmd, dir, flags) }),
	}
	cmd.Flags().StringVar(&flags.addr, "addr", "localhost:3000", "`host:port` to listen on; port 0 picks one")
	cmd.Flags().StringSliceVar(&flags.names, "host", nil,
		"`name` by which the site may be asked for, may be repeated; * is any (default: localhost and addresses)")
	cmd.Flags().BoolVar(&flags.open, "open", false, "open the site in a browser")
	addPythonFlag(cmd, &flags.python)
	addLimitFlags(cmd, &flags.limits)
	return cmd
}

func develop(cmd *cobra.Command, dir string, flags devFlags) error {
	for _, name := range flags.names {
		if err := host.CheckHost(name); err != nil {
			return fmt.Errorf("--host: %w", err)
		}
	}
	stderr := cmd.ErrOrStderr()
	listener, err := serve.Listen(cmd.Context(), flags.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	abort := make(chan struct{})
	second := serve.OnSecondSignal(func() { close(abort) })
	defer second()
	long := time.AfterFunc(longBuild, func() {
		fmt.Fprintln(stderr, "compiling what the site is made of, which takes a while the first time")
	})
	defer long.Stop()
	return dev.Run(cmd.Context(), dev.Options{
		Build: build.Options{
			Dir: dir, Arch: runtime.GOARCH, Python: flags.python, Limits: flags.limits, Log: stderr,
		},
		Listener: listener,
		Names:    flags.allNames(),
		Host:     host.Options{Addr: serve.OwnAddress(listener)},
		Log: func(sources map[string]string) *slog.Logger {
			return slog.New(&pagesOnly{textLog(stderr, sources), sources})
		},
		Started: func() error { return announce(cmd, listener, flags.open) },
		Editor:  os.Getenv("JARGO_EDITOR"),
		Changed: func(c dev.Change) {
			long.Stop()
			printChange(stderr, dir, c)
		},
		Abort: abort,
	})
}

// longBuild is for how long the first build may leave one wondering.
const longBuild = 3 * time.Second

// allNames are those of --host, and the one in --addr.
func (f devFlags) allNames() []string {
	names := slices.Clone(f.names)
	if name, _, err := net.SplitHostPort(f.addr); err == nil && name != "" {
		names = append(names, name)
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

// announce says where the site is, and opens it in a browser. Whoever asks already waits
// for the first build, and is not refused.
func announce(cmd *cobra.Command, l net.Listener, open bool) error {
	url := "http://" + l.Addr().String()
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "Listening on %s\n", url); err != nil || !open {
		return err
	}
	if err := openBrowser(url); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "jargo: cannot open a browser: %v\n", err)
	}
	return nil
}

// printChange prints one line for a change, and what is wrong after it.
func printChange(stderr io.Writer, dir string, c dev.Change) {
	var line strings.Builder
	switch files := named(dir, c.Files); len(files) {
	case 0:
	case 1, 2:
		line.WriteString(strings.Join(files, " and ") + " → ")
	default:
		fmt.Fprintf(&line, "%s and %d more → ", files[0], len(files)-1)
	}
	if c.Err != nil {
		fmt.Fprintf(stderr, "%sfailed after %s\n", &line, readable(c.Took))
		report(stderr, c.Err)
		return
	}
	fmt.Fprintf(stderr, "%sready in %s%s\n", &line, readable(c.Took), steps(c.Report))
	printWarnings(stderr, c.Report.Warnings)
}

// steps are those of a build, in milliseconds: " (compile 90, link 180)".
func steps(r *build.Report) string {
	var list []string
	for _, s := range r.Steps {
		list = append(list, fmt.Sprintf("%s %d", s.Name, s.Took.Milliseconds()))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// named are the files that a change is called by: those that are there, since many
// programs write a file under another name first. If none is, it is that they are gone.
func named(dir string, files []string) []string {
	there := slices.DeleteFunc(slices.Clone(files), func(name string) bool {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		_, err := os.Lstat(name)
		return err != nil
	})
	if len(there) == 0 {
		return files
	}
	return there
}

// readable has the few digits that tell one build from another.
func readable(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// pagesOnly leaves requests for public files out of a log, if nothing is wrong with them.
type pagesOnly struct {
	slog.Handler
	sources map[string]string // the files of pages, by output path
}

// Handle implements slog.Handler.
func (h *pagesOnly) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == host.RequestMessage && r.Level == slog.LevelInfo && h.public(r) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// public reports whether a request has got a public file.
func (h *pagesOnly) public(r slog.Record) bool {
	public := false
	for a := range r.Attrs {
		switch a.Key {
		case "output":
			public = h.sources[a.Value.String()] == ""
		case "function":
			return false
		case "status":
			if a.Value.Int64() >= 400 {
				return false
			}
		}
	}
	return public
}

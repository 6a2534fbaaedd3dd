package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

func newBuild() *cobra.Command {
	var o build.Options
	var ship shipping
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Make .vercel/output",
		Long: `Build compiles the site in DIR into a Build Output directory, which Vercel
deploys and jargo serve hosts. The directory is replaced only when the whole
build succeeded.

With --binary the site also becomes one executable: pages, host and output. It is
started as FILE --addr :8080, with the flags of jargo serve, and made for the system
that GOOS and GOARCH name in the environment, if not for this one. With --image FILE
that program becomes an OCI image, which docker load and podman load take, and with
--push REF it is uploaded to a registry: neither takes a container engine.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error {
			o.Dir = dir
			end, err := ship.begin(&o)
			if err != nil {
				return err
			}
			defer end()
			report, err := runBuild(cmd, o)
			if err != nil {
				return err
			}
			if err := printReport(cmd.OutOrStdout(), report); err != nil {
				return err
			}
			printWarnings(cmd.ErrOrStderr(), report.Warnings)
			return ship.ship(cmd.Context(), cmd.OutOrStdout(), report)
		}),
	}
	cmd.Flags().StringVar(&o.Out, "out", "", "output `directory` (default DIR/.vercel/output)")
	ship.addFlags(cmd)
	addPythonFlag(cmd, &o.Python)
	addLimitFlags(cmd, &o.Limits)
	cmd.Flags().Var(&archValue{&o.Arch}, "arch", "architecture of the function: amd64 or arm64")
	return cmd
}

// addPythonFlag adds the flag of the commands that make functions.
func addPythonFlag(cmd *cobra.Command, version *string) {
	cmd.Flags().StringVar(version, "python", "", "`version` of Python that Python pages run on: 3.12, 3.13 or 3.14 (default 3.13)")
}

// runBuild builds with the pages' own output on standard error, and a progress
// line when that is a terminal.
func runBuild(cmd *cobra.Command, o build.Options) (*build.Report, error) {
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.finish()
	o.Log = cmd.ErrOrStderr()
	o.Progress = bar.update
	return build.Build(cmd.Context(), o)
}

// archValue is a flag that takes the architectures functions run on.
type archValue struct{ arch *string }

func (v *archValue) String() string { return "amd64" }
func (v *archValue) Type() string   { return "name" }
func (v *archValue) Set(s string) error {
	if s != "amd64" && s != "arm64" {
		return fmt.Errorf("functions run on amd64 or arm64")
	}
	*v.arch = s
	return nil
}

// printReport writes the table of pages and the total.
func printReport(out io.Writer, r *build.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "ROUTE\tKIND\tSIZE")
	for _, p := range r.Site.Pages {
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Route, kind(p), pageSize(p, r.Sizes[p]))
	}
	if n := len(r.Site.Assets); n > 0 {
		fmt.Fprintf(w, "public/\tfiles\t%s in %s\n", formatBytes(r.Assets), plural(n, "file"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s in %s: %s\n", plural(len(r.Site.Pages), "page"), r.Time.Round(10*time.Millisecond), shortPath(r.Out))
	return err
}

// printWarnings prints warnings as diagnostics that say what they are.
func printWarnings(stderr io.Writer, warnings diag.List) {
	for _, d := range warnings {
		d.Message = "warning: " + d.Message
		fmt.Fprintln(stderr, d)
	}
}

// kind is the page's kind, with its interval.
func kind(p *site.Page) string {
	if p.Kind == site.Regenerated {
		return "every " + formatDuration(p.Every)
	}
	return string(p.Kind)
}

// formatDuration writes 1m where String has 1m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// pageSize is what was rendered of a page.
func pageSize(p *site.Page, size build.Size) string {
	switch {
	case size.Paths == 0:
		return "-"
	case p.Route.Parameters() > 0:
		return formatBytes(size.Bytes) + " in " + plural(size.Paths, "path")
	}
	return formatBytes(size.Bytes)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// formatBytes writes a size in bytes, kB or MB, which are powers of 1000.
func formatBytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1000/1000)
}

// shortPath is file relative to the working directory, if it is below it.
func shortPath(file string) string {
	wd, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(wd, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}

// Package cli is the jargo command: a file for each of its commands. Data goes
// to standard output, everything else to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/markup"
	"github.com/jargo-dev/jargo/internal/site"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // diagnostics, or the command could not do its work
	exitUsage  = 2 // the command line makes no sense
)

// Main runs the command line and returns the exit status. SIGINT and SIGTERM
// end the command cleanly. It does not return in a process that was started to render the
// templates of a site.
func Main(args []string, stdout, stderr io.Writer) int {
	if markup.IsProgram() {
		markup.Main()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var failed failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		report(stderr, failed.error)
		return exitFailed
	}
	fmt.Fprintf(stderr, "jargo: %v\n\n%s", err, cmd.UsageString())
	return exitUsage
}

// failure is an error of a command's own work. Every other error is one of the
// command line.
type failure struct{ error }

// run makes a command's work out of do, which gets DIR, "." when it is left out.
func run(do func(cmd *cobra.Command, dir string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		dir := "."
		if len(args) > 0 {
			dir = args[0]
		}
		if err := do(cmd, dir); err != nil {
			return failure{err}
		}
		return nil
	}
}

// report prints why a command failed. Diagnostics are printed as they are, for
// editors that parse them.
func report(stderr io.Writer, err error) {
	var list diag.List
	var stopped *site.Stopped
	switch {
	case errors.As(err, &list):
		fmt.Fprintln(stderr, list.Error())
	case errors.As(err, &stopped):
		fmt.Fprintln(stderr, "jargo:", stopped)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "jargo: stopped")
	default:
		fmt.Fprintf(stderr, "jargo: %v\n", err)
	}
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "jargo",
		Short:         "Write pages as plain functions; run them on Vercel or on your own server",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetVersionTemplate("jargo {{.Version}}\n")
	root.AddCommand(newNew(), newDev(), newBuild(), newServe(), newRoutes(), newCheck(), newCache(), newVersion())
	return root
}

// version is the module version that this program was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

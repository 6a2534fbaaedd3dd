package cli

import (
	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
)

func newCheck() *cobra.Command {
	var limits build.Limits
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Report mistakes without building",
		Long: `Check reports every mistake that jargo build would report, and writes nothing
into DIR. Build pages are rendered, for a page that fails is a mistake too.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error {
			return build.Check(cmd.Context(), build.Options{Dir: dir, Limits: limits, Log: cmd.ErrOrStderr()})
		}),
	}
	addLimitFlags(cmd, &limits)
	return cmd
}

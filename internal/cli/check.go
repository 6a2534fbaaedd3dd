package cli

import (
	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
)

func newCheck() *cobra.Command {
	var o build.Options
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Report mistakes without building",
		Long: `Check reports every mistake that jargo build would report, and writes nothing
into DIR. Build pages are rendered, for a page that fails is a mistake too.

A link to what the site does not have, in a page that is rendered ahead, is a
warning. With --links it is a mistake, and so is one to an #id that the page it
leads to does not have.`,
		Args: cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error {
			o.Dir, o.Log = dir, cmd.ErrOrStderr()
			warnings, err := build.Check(cmd.Context(), o)
			printWarnings(cmd.ErrOrStderr(), warnings)
			return err
		}),
	}
	cmd.Flags().BoolVar(&o.Links, "links", false, "broken links are mistakes, also those to an #id")
	addLimitFlags(cmd, &o.Limits)
	return cmd
}

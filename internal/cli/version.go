package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of jargo",
		Args:  cobra.NoArgs,
		RunE: run(func(cmd *cobra.Command, _ string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "jargo %s\n", version())
			return err
		}),
	}
}

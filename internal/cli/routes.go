package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/site"
)

func newRoutes() *cobra.Command {
	var asJSON bool
	var limits build.Limits
	cmd := &cobra.Command{
		Use:   "routes [DIR]",
		Short: "List the pages: route, kind, source file",
		Args:  cobra.MaximumNArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error {
			s, err := build.Pages(cmd.Context(), build.Options{Dir: dir, Limits: limits, Log: cmd.ErrOrStderr()})
			if err != nil {
				return err
			}
			if asJSON {
				return printRoutesJSON(cmd.OutOrStdout(), s)
			}
			return printRoutes(cmd.OutOrStdout(), s)
		}),
	}
	addLimitFlags(cmd, &limits)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func printRoutes(out io.Writer, s *site.Site) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "ROUTE\tKIND\tSOURCE")
	for _, p := range s.Pages {
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Route, kind(p), p.Source)
	}
	return w.Flush()
}

// routeJSON is a page as --json prints it.
type routeJSON struct {
	Route  string   `json:"route"`
	Kind   string   `json:"kind"`
	Source string   `json:"source"`          // file:line:col
	Every  int      `json:"every,omitempty"` // seconds
	Paths  []string `json:"paths,omitempty"` // rendered ahead
}

func printRoutesJSON(out io.Writer, s *site.Site) error {
	list := []routeJSON{}
	for _, p := range s.Pages {
		list = append(list, routeJSON{
			Route: p.Route.String(), Kind: string(p.Kind), Source: p.Source.String(),
			Every: int(p.Every.Seconds()), Paths: p.Paths,
		})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
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
		Short: "List the pages: route, kind, source file, Middleware, and which templates are not compiled",
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
	wrapped := slices.ContainsFunc(s.Pages, func(p *site.Page) bool { return len(p.Middleware) > 0 })
	executed := slices.ContainsFunc(s.Pages, func(p *site.Page) bool { return p.Template.Why != "" })
	row := func(cells ...string) {
		cells, more := cells[:3:3], cells[3:]
		for i, shown := range []bool{wrapped, executed} {
			if shown {
				cells = append(cells, cmp.Or(more[i], "-"))
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row("ROUTE", "KIND", "SOURCE", "MIDDLEWARE", "NOT COMPILED")
	for _, p := range s.Pages {
		dirs := middleware(p, func(m site.Middleware) string { return m.Dir })
		row(p.Route.String(), kind(p), p.Source.String(), strings.Join(dirs, ", "), p.Template.Why)
	}
	return w.Flush()
}

// middleware lists what wraps p, the outer before the inner.
func middleware(p *site.Page, show func(site.Middleware) string) (list []string) {
	for _, m := range p.Middleware {
		list = append(list, show(m))
	}
	return list
}

// routeJSON is a page as --json prints it.
type routeJSON struct {
	Route      string   `json:"route"`
	Kind       string   `json:"kind"`
	Source     string   `json:"source"`               // file:line:col
	Every      int      `json:"every,omitempty"`      // seconds
	Paths      []string `json:"paths,omitempty"`      // rendered ahead
	Middleware []string `json:"middleware,omitempty"` // that wraps it, the outer first: file:line:col
	Template   string   `json:"template,omitempty"`   // of a page that has one: "compiled" or "executed"
	Why        string   `json:"why,omitempty"`        // it is not compiled: file:line:col: reason
}

// template says how a page's template is executed, if it has one.
func template(p *site.Page) string {
	switch {
	case p.Template.Compiled:
		return "compiled"
	case p.Template.Why != "":
		return "executed"
	}
	return ""
}

func printRoutesJSON(out io.Writer, s *site.Site) error {
	list := []routeJSON{}
	for _, p := range s.Pages {
		list = append(list, routeJSON{
			Route: p.Route.String(), Kind: string(p.Kind), Source: p.Source.String(),
			Every: int(p.Every.Seconds()), Paths: p.Paths,
			Middleware: middleware(p, func(m site.Middleware) string { return m.At.String() }),
			Template:   template(p), Why: p.Template.Why,
		})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

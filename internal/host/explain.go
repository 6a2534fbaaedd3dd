package host

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// Explain writes, for people, how a request would be routed and what would
// respond. It runs nothing. target is a path with an optional query, or an absolute
// URL, whose host then counts; header may be nil.
func (d *Deployment) Explain(w io.Writer, method, target string, header http.Header) error {
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	if !strings.HasPrefix(u.Path, "/") {
		return errors.New("explain: the path does not begin with a slash")
	}
	host := u.Host
	if host == "" {
		host = "localhost"
	}
	path := u.EscapedPath()
	fmt.Fprintf(w, "%s %s\n", method, withQuery(path, u.RawQuery))
	if clean := collapseSlashes(path); clean != path {
		if method == http.MethodGet || method == http.MethodHead {
			_, err := fmt.Fprintf(w, "\nredirects to %s, 301: the path has empty segments\n", withQuery(clean, u.RawQuery))
			return err
		}
		path = clean
	}
	decision := d.table.Route(&router.Request{Method: method, Host: Hostname(host), Path: path, Query: router.ParseQuery(u.RawQuery), Header: header}, true)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range decision.Steps {
		phase, route := s.Phase, ""
		if phase == "" {
			phase = "(first)"
		}
		if s.Route >= 0 {
			route = fmt.Sprintf("routes[%d] %s", s.Route, s.Src)
		}
		did := s.Did
		if s.Output != "" {
			did += fmt.Sprintf(" %q", s.Output)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", phase, route, did, s.Path)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%s\n", d.describe(decision))
	return err
}

// describe says what responds, with the headers that routing adds.
func (d *Deployment) describe(decision *router.Decision) string {
	var b strings.Builder
	switch decision.Kind {
	case router.Redirect:
		fmt.Fprintf(&b, "redirects to %s, %d", decision.Header["Location"], decision.Status)
	case router.Proxy:
		fmt.Fprintf(&b, "is answered by %s", decision.URL)
	case router.Fail:
		code := decision.Code
		if code == "" {
			code = codes[decision.Status]
		}
		fmt.Fprintf(&b, "is answered with the host's own page, %d %s", decision.Status, code)
		if decision.Reason != "" {
			fmt.Fprintf(&b, ": %s", decision.Reason)
		}
	default:
		d.describeOutput(&b, decision)
	}
	for _, name := range slices.Sorted(maps.Keys(decision.Header)) {
		if decision.Kind != router.Redirect || name != "Location" {
			fmt.Fprintf(&b, "\n  %s: %s", strings.ToLower(name), decision.Header[name])
		}
	}
	return b.String()
}

func (d *Deployment) describeOutput(b *strings.Builder, decision *router.Decision) {
	switch e := d.out.Entries[decision.Output].(type) {
	case *output.File:
		fmt.Fprintf(b, "is answered by the file static/%s, %s", e.Name, e.ContentType)
	case *output.Function:
		fmt.Fprintf(b, "is answered by functions/%s.func (%s), which sees %s", e.Name, e.Config.Runtime, withQuery(decision.FunctionPath, decision.Query.String()))
	case *output.Prerender:
		path, query := pageURL(e, decision.Query)
		fmt.Fprintf(b, "is answered by the regenerated page %q of functions/%s.func (%s), which sees %s", "/"+e.Name, e.Function.Name, e.Function.Config.Runtime, withQuery(path, query))
		if seconds, ok := e.Config.ExpirationSeconds(); ok {
			fmt.Fprintf(b, "; it expires after %d s", seconds)
		} else {
			b.WriteString("; it does not expire")
		}
		if e.Fallback != nil {
			b.WriteString("; it has a fallback")
		}
	}
	if decision.Status != 0 {
		fmt.Fprintf(b, "; status %d", decision.Status)
	}
}

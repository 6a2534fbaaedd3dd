package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/serve"
)

// cacheFlags are the flags of jargo cache.
type cacheFlags struct {
	admin  string // where the host is asked; "" finds it
	host   string // of the pages; "" is any
	prefix string
	json   bool
}

func newCache() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show, drop and render anew what a running host keeps of regenerated pages",
		Long: `Cache looks into the running jargo serve of the project or output directory in DIR:
it shows what that keeps of regenerated pages, drops it, or renders it again.

A PATH is that of a URL, such as /blog/hello. Without a query it is about all
queries of the page.`,
	}
	list := cacheCommand("list [DIR]", "List what is kept: path, state, age, size, type and page", 0, runCacheList)
	list.Flags().Lookup("prefix").Usage = "only paths that begin with `this`"
	show := cacheCommand("show PATH [DIR]", "Print the headers and the body that are kept of a page", 1, runCacheShow)
	drop := cacheCommand("drop PATH [DIR]", "Drop what is kept of a page: its next visitor waits for a rendering", 1, runCacheDrop)
	revalidate := cacheCommand("revalidate PATH [DIR]", "Render a page again now, and wait for it", 1, runCacheRevalidate)
	cmd.AddCommand(list, show, drop, revalidate)
	return cmd
}

// cacheCommand makes a command below cache, with the arguments PATH, if it has one, and
// DIR.
func cacheCommand(use, short string, paths int, do func(*cobra.Command, *cacheClient, cacheFlags, string) error) *cobra.Command {
	var flags cacheFlags
	cmd := &cobra.Command{Use: use, Short: short}
	name := cmd.Name()
	cmd.Flags().StringVar(&flags.admin, "admin", "", "the `address` that jargo serve was given by --admin (default: found by DIR)")
	cmd.Flags().StringVar(&flags.host, "host", "", "only pages that are kept for this `name`")
	if name != "show" {
		cmd.Flags().StringVar(&flags.prefix, "prefix", "", "instead of PATH: all that begin with `this`")
	}
	if name == "list" {
		cmd.Flags().BoolVar(&flags.json, "json", false, "print a JSON array")
	}
	split := func(args []string) (path, dir string) {
		if paths == 1 && flags.prefix == "" && len(args) > 0 {
			path, args = args[0], args[1:]
		}
		return path, append(args, ".")[0]
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		path, _ := split(args)
		switch {
		case paths == 1 && flags.prefix == "" && path == "":
			return errors.New("say which page: PATH, as /blog/hello")
		case path != "" && !strings.HasPrefix(path, "/"):
			return fmt.Errorf("%q is no path of a URL: it begins with a slash", path)
		case flags.prefix != "" && !strings.HasPrefix(flags.prefix, "/"):
			return fmt.Errorf("%q begins no path of a URL: those begin with a slash", flags.prefix)
		case path == "" && len(args) > 1, len(args) > 2:
			return fmt.Errorf("%d arguments are too many", len(args))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path, dir := split(args)
		client, err := findHost(cmd.Context(), dir, flags.admin)
		if err == nil {
			err = do(cmd, client, flags, path)
		}
		if err != nil {
			return failure{err}
		}
		return nil
	}
	return cmd
}

func runCacheList(cmd *cobra.Command, c *cacheClient, flags cacheFlags, _ string) error {
	pages, err := c.list(cmd.Context(), flags, "")
	if err != nil {
		return err
	}
	if flags.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(pages)
	}
	if len(pages) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "jargo: nothing is kept")
		return nil
	}
	return printCachedPages(cmd.OutOrStdout(), pages)
}

func printCachedPages(out io.Writer, pages []serve.CachedPage) error {
	several := slices.ContainsFunc(pages, func(p serve.CachedPage) bool { return p.Host != pages[0].Host })
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(host string, cells ...string) {
		if several {
			cells = append(cells, host)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row("HOST", "PATH", "STATE", "AGE", "SIZE", "STATUS", "TYPE", "PAGE")
	for _, p := range pages {
		media, _, _ := strings.Cut(p.Type, ";")
		row(p.Host, orDash(p.Path), p.State, formatAge(p.Age), formatBytes(p.Size), fmt.Sprint(p.Status), orDash(media), p.Page)
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// formatAge writes an age in seconds in the largest unit that there is at least one of.
func formatAge(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func runCacheShow(cmd *cobra.Command, c *cacheClient, flags cacheFlags, path string) error {
	pages, err := c.list(cmd.Context(), flags, path)
	switch {
	case err != nil:
		return err
	case len(pages) == 0:
		return notKept(flags, path)
	case len(pages) > 1:
		var list strings.Builder
		for _, p := range pages {
			fmt.Fprintf(&list, "\n    %s --host %s", p.Path, p.Host)
		}
		return fmt.Errorf("%d entries are kept at %s, say which:%s", len(pages), path, &list)
	}
	var e serve.CachedEntry
	if err := c.do(cmd.Context(), http.MethodGet, "/cache/entry", url.Values{"key": {pages[0].Key}}, &e); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%d %s\n", e.Status, http.StatusText(e.Status))
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		for _, value := range e.Header[name] {
			fmt.Fprintf(out, "%s: %s\n", name, value)
		}
	}
	_, err = fmt.Fprintf(out, "\n%s", e.Body)
	return err
}

// notKept is the error when nothing is selected.
func notKept(flags cacheFlags, path string) error {
	what := "at " + path
	if flags.prefix != "" {
		what = "below " + flags.prefix
	}
	if flags.host != "" {
		what += " for " + flags.host
	}
	return fmt.Errorf("nothing is kept %s", what)
}

func runCacheDrop(cmd *cobra.Command, c *cacheClient, flags cacheFlags, path string) error {
	return c.change(cmd, http.MethodDelete, "/cache", "dropped", flags, path)
}

func runCacheRevalidate(cmd *cobra.Command, c *cacheClient, flags cacheFlags, path string) error {
	return c.change(cmd, http.MethodPost, "/cache/revalidate", "rendered", flags, path)
}

// change has the host do something with entries, and says with how many.
func (c *cacheClient) change(cmd *cobra.Command, method, api, done string, flags cacheFlags, path string) error {
	var changed serve.Changed
	if err := c.do(cmd.Context(), method, api, flags.query(path), &changed); err != nil {
		return err
	}
	if len(changed.Pages) == 0 {
		return notKept(flags, path)
	}
	n := 0
	var list []string
	for _, p := range changed.Pages {
		if p.Error == "" {
			n++
			continue
		}
		list = append(list, fmt.Sprintf("%s%s: %s", p.Host, p.Path, p.Error))
	}
	if n > 0 || len(list) == 0 {
		took := time.Duration(changed.Seconds * float64(time.Second)).Round(time.Millisecond)
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s in %v\n", plural(n, "page"), done, took); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return fmt.Errorf("%s not %s:\n    %s", plural(len(list), "page"), done, strings.Join(list, "\n    "))
}

// query is what the flags and a path select.
func (f cacheFlags) query(path string) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"path": path, "prefix": f.prefix, "host": f.host} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// cacheClient asks a running host.
type cacheClient struct {
	addr string
	http.Client
}

// findHost returns a client of the host at an address, or of the one that serves the
// project or output in dir.
func findHost(ctx context.Context, dir, addr string) (*cacheClient, error) {
	if addr == "" {
		var all []string
		for _, out := range outputsOf(dir) {
			list, err := serve.FindAdmin(ctx, serve.PagesDir(out))
			if err != nil {
				return nil, fmt.Errorf("find the host: %w\n    start it with --admin PORT, and say --admin PORT here, too", err)
			}
			all = append(all, list...)
		}
		switch len(all) {
		case 0:
			return nil, fmt.Errorf("no jargo serve of %q is running that this user has started\n    one elsewhere is found by --admin, which it needs, too", dir)
		case 1:
			addr = all[0]
		default:
			return nil, fmt.Errorf("%d hosts serve %q, say which:\n    --admin %s", len(all), dir, strings.Join(all, "\n    --admin "))
		}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return serve.DialAdmin(ctx, addr) }
	return &cacheClient{addr, http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// outputsOf lists the directories that jargo serve may serve of a project or output.
func outputsOf(dir string) []string {
	built := filepath.Join(dir, ".vercel", "output")
	return []string{built, built + "-" + runtime.GOOS, dir}
}

// list returns the entries that are selected.
func (c *cacheClient) list(ctx context.Context, flags cacheFlags, path string) (pages []serve.CachedPage, err error) {
	err = c.do(ctx, http.MethodGet, "/cache", flags.query(path), &pages)
	return pages, err
}

// do asks the host, and reads its response into v.
func (c *cacheClient) do(ctx context.Context, method, path string, query url.Values, v any) error {
	u := url.URL{Scheme: "http", Host: "localhost", Path: path, RawQuery: query.Encode()}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(r)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err // without a URL that nobody has typed
		}
		return fmt.Errorf("ask the host at %s: %w", c.addr, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("ask the host at %s: %w", c.addr, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the host at %s refuses: %s", c.addr, strings.TrimSpace(string(data)))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("what listens at %s is no --admin of a host", c.addr)
	}
	return nil
}

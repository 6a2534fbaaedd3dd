package build

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// maxFunction is what a function may take, in bytes and not compressed.
// Source: https://vercel.com/docs/functions/limitations, 2026.
const maxFunction = 250 * 1000 * 1000

// checkFunctionSize reports the function of a page that is too large, with what is
// largest in it. files are where its files are, by their names in it.
func checkFunctionSize(p *site.Page, files map[string]string, diags *diag.List) error {
	var total int64
	entries := map[string]int64{}
	for name, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("measure a function: %w", err)
		}
		total += info.Size()
		entries[entryOf(name)] += info.Size()
	}
	if total <= maxFunction {
		return nil
	}
	names := slices.SortedFunc(maps.Keys(entries), func(a, b string) int {
		return cmp.Or(cmp.Compare(entries[b], entries[a]), strings.Compare(a, b))
	})
	lines := []string{"leave files out with excludeFiles in vercel.json, or move them out of the project; the largest are:"}
	for _, name := range names[:min(10, len(names))] {
		lines = append(lines, fmt.Sprintf("%9s  %s", megabytes(entries[name]), name))
	}
	diags.Add(p.Source, strings.Join(lines, "\n"), "the function of %s is %s: it can be %s", p.Route, megabytes(total), megabytes(maxFunction))
	return nil
}

// entryOf is the entry that a file counts for: a package, a directory in a
// directory of the project, or the file itself.
func entryOf(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) <= 2 {
		return name
	}
	return parts[0] + "/" + parts[1] + "/"
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

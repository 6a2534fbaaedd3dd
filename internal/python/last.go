package python

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// digest is the same while all is as it was that pages are made of: the files that a
// function has, as their sizes and times tell, Python and the environment. It is "" if
// that cannot be told, or need not be. What else config and paths ask, such as a
// database, is asked again when one of these changes; the function asks each time.
func (p *Pages) digest() string {
	if !p.options.Dev {
		return ""
	}
	now := time.Now()
	t := &tree{map[string]string{}, new(diag.List)}
	if err := t.add(p.options.Dir, "", p.skip, nil); err != nil || len(*t.diags) > 0 {
		return "" // it is reported when it is loaded
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", p.runtime, slices.Sorted(slices.Values(os.Environ())))
	t.files[""] = p.launch.file
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		info, err := os.Stat(t.files[name])
		if err != nil || !info.ModTime().Before(now.Add(-site.TimeStep)) {
			return "" // it may be written once more at the same time
		}
		fmt.Fprintf(h, "%q %d %d %v\n", name, info.Size(), info.ModTime().UnixNano(), info.Mode())
	}
	return hex.EncodeToString(h.Sum(nil))
}

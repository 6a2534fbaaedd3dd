package build

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// hashLength is how many bytes of a hash are in a URL: two contents of one file
// do not have the same by chance.
const hashLength = 6

// setHashes sets what public files are hashed to. One that has not changed since the
// last build of s is not read.
func (s *Session) setHashes(assets []site.Asset) error {
	hashes := map[string]hashed{}
	for i := range assets {
		file := assets[i].File
		of, err := look(file)
		if err != nil {
			return err
		}
		known := s.hashes[file]
		if !known.of.is(of.info) {
			known.of = of
			if known.hash, err = hashFile(file); err != nil {
				return err
			}
		}
		hashes[file] = known
		assets[i].Hash = known.hash
	}
	s.hashes = hashes
	return nil
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:hashLength]), nil
}

// linkHashed puts public files at the paths with their hashes, too: those that
// were asked for, and all if there is a function that may ask later. See
// docs/decisions/0009-assets-under-two-names.md.
func (w *writer) linkHashed(asked map[string]bool) error {
	for _, a := range w.site.Assets {
		hashed := a.Hashed()
		if hashed == "" || !w.asksForAssets && !asked["/"+a.Path] {
			continue
		}
		if _, err := os.Lstat(w.static(hashed)); err == nil {
			continue // a page or a file has the path
		}
		if err := os.Link(w.static(a.Path), w.static(hashed)); err != nil {
			if _, err := copyFile(w.static(hashed), w.static(a.Path), 0o644); err != nil {
				return err
			}
		}
		w.immutable = append(w.immutable, "/"+hashed)
	}
	return nil
}

// maxSource is the longest expression of a route that the format allows.
const maxSource = 4096

// immutableRoutes let visitors keep the files at these paths: as few routes as
// there can be, for each is tried for each request.
func immutableRoutes(paths []string) []output.Route {
	var routes []output.Route
	var alternatives []string
	length := 0
	flush := func() {
		if len(alternatives) > 0 {
			routes = append(routes, output.Route{
				Src:      "^(?:" + strings.Join(alternatives, "|") + ")$",
				Headers:  map[string]string{"Cache-Control": "public, max-age=31536000, immutable"},
				Continue: true, CaseSensitive: true,
			})
		}
		alternatives, length = nil, 0
	}
	for _, path := range paths {
		spellings := []string{regexp.QuoteMeta(path)}
		if escaped := regexp.QuoteMeta(site.EscapePath(path)); escaped != spellings[0] {
			spellings = append(spellings, escaped)
		}
		for _, s := range spellings {
			if length+len(s)+1 > maxSource-len("^(?:)$") {
				flush()
			}
			alternatives = append(alternatives, s)
			length += len(s) + 1
		}
	}
	flush()
	return routes
}

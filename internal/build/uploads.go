package build

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// upload is a file of the output as it is uploaded to the platform.
type upload struct {
	name string // path in the output, with slashes
	kind uploadKind
}

// uploadKind is what an upload says of a file besides its bytes, which are the text of
// a link.
type uploadKind byte

const (
	plainFile uploadKind = iota
	executableFile
	symbolicLink
)

// checkUploads reports files with the same bytes that are of several kinds: an upload has
// one kind for all that have the same bytes, so that one would arrive as what it is not.
// Empty files do nothing, whatever they are.
func (w *writer) checkUploads() error {
	bySize := map[int64][]upload{}
	if err := w.functionUploads(bySize); err != nil || len(bySize) == 0 {
		return err // without functions all are plain files
	}
	if err := w.staticUploads(bySize); err != nil {
		return err
	}
	delete(bySize, 0)
	for _, size := range slices.Sorted(maps.Keys(bySize)) {
		same := bySize[size]
		if !slices.ContainsFunc(same, func(u upload) bool { return u.kind != same[0].kind }) {
			continue
		}
		if err := w.checkBytes(same); err != nil {
			return err
		}
	}
	return nil
}

// functionUploads adds the files of functions, by their sizes.
func (w *writer) functionUploads(bySize map[int64][]upload) error {
	return filepath.WalkDir(w.functions(""), func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return filepath.SkipAll
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		u := upload{name: w.outputName(file)}
		switch {
		case info.Mode().Type() == fs.ModeSymlink:
			u.kind = symbolicLink
		case info.Mode()&0o111 != 0:
			u.kind = executableFile
		}
		bySize[info.Size()] = append(bySize[info.Size()], u)
		return nil
	})
}

// staticUploads adds the static files. There may be many, and the sizes of most are
// known.
func (w *writer) staticUploads(bySize map[int64][]upload) error {
	for i, job := range w.jobs {
		if size := w.responses[i].Size; job.Page.Kind == site.Build {
			bySize[size] = append(bySize[size], upload{name: w.outputName(job.File)})
		}
	}
	for _, a := range w.site.Assets {
		info, err := os.Lstat(w.static(a.Path))
		if err != nil {
			return err
		}
		bySize[info.Size()] = append(bySize[info.Size()], upload{name: "static/" + a.Path})
	}
	return nil
}

// outputName is the path in the output of a file there.
func (w *writer) outputName(file string) string {
	return filepath.ToSlash(strings.TrimPrefix(file, w.stage+string(filepath.Separator)))
}

// checkBytes compares files of one size. What another with the same bytes is more than, is
// said of each.
func (w *writer) checkBytes(files []upload) error {
	same := map[[sha256.Size]byte][]upload{}
	for _, u := range files {
		hash, err := w.uploadHash(u)
		if err != nil {
			return err
		}
		same[hash] = append(same[hash], u)
	}
	for _, equal := range same {
		special := slices.MaxFunc(equal, func(a, b upload) int { return cmp.Compare(a.kind, b.kind) })
		for _, u := range equal {
			if u.kind != special.kind {
				if err := w.resolveBytes(u, special); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// uploadHash is that of what is uploaded.
func (w *writer) uploadHash(u upload) (sum [sha256.Size]byte, err error) {
	file := w.uploadFile(u)
	if u.kind == symbolicLink {
		text, err := os.Readlink(file)
		return sha256.Sum256([]byte(text)), err
	}
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [sha256.Size]byte(h.Sum(nil)), err
}

func (w *writer) uploadFile(u upload) string {
	return filepath.Join(w.stage, filepath.FromSlash(u.name))
}

// resolveBytes reports two files with the same bytes. Files of installed packages nobody
// can change: those can be executable without harm.
func (w *writer) resolveBytes(plain, special upload) error {
	at, own := w.uploadSource(plain)
	of, ownToo := w.uploadSource(special)
	if !own && !ownToo && special.kind == executableFile {
		return os.Chmod(w.uploadFile(plain), 0o755)
	}
	what := "are those of " + of.File + ", which is executable"
	if special.kind == symbolicLink {
		what = "are the text of the link " + special.name
	}
	if !own && ownToo {
		at, what = of, "are those of "+plain.name+", but it is executable"
	}
	w.diags.Add(at, "change it, if only by a line break at its end",
		"its bytes %s: uploaded, files with the same bytes become one", what)
	return nil
}

// uploadSource is where a file of the output comes from, and whether that is in the project.
// Files of the project have the same names in functions as there.
func (w *writer) uploadSource(u upload) (pos diag.Pos, own bool) {
	for _, job := range w.jobs {
		if job.File == w.uploadFile(u) {
			return job.Page.Source, true
		}
	}
	name, public := strings.CutPrefix(u.name, "static/")
	if public {
		return diag.Pos{File: "public/" + name}, true
	}
	_, name, _ = strings.Cut(u.name, output.FunctionSuffix+"/")
	if _, err := os.Lstat(filepath.Join(w.project, filepath.FromSlash(name))); name != "" && err == nil {
		return diag.Pos{File: name}, true
	}
	return diag.Pos{File: u.name}, false
}

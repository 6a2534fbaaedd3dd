package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/python"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// Session is what stays between the builds of a process that builds one project each
// time it changes, one build after the other. Its zero value is for the first of them.
// Close it. What it is for: docs/decisions/0012-what-a-save-costs.md.
type Session struct {
	hashes map[string]hashed
	copies map[copyKey]copied // in the last output
	golang golang.Session
	python python.Session

	templates *template.Project // of the last build, nil if it failed
	hasPython bool              // there may be Python pages
}

// findTemplates finds the templates of a project. It reports whether anything else may have
// changed since the last build.
func (s *Session) findTemplates(o Options, diags *diag.List) (found *template.Project, others bool, err error) {
	last := s.templates
	if s.templates = nil; o.Dev {
		found, err = last.Again(o.Changed, diags)
	}
	if others = found == nil; others && err == nil {
		s.hasPython = true
		found, err = template.Find(o.Dir, diags)
	}
	s.templates = found
	return found, others, err
}

// Prepare does what the next build can use, which need not have an occasion for it.
func (s *Session) Prepare() { s.python.Prepare() }

// Close ends what Prepare has started.
func (s *Session) Close() { s.python.Close() }

// hashed is the hash of a file, by its name.
type hashed struct {
	of   seen
	hash string
}

// copied is a copy of a file in an output.
type copied struct {
	of   seen
	made fs.FileInfo
	name string // where the copy is
}

// copyKey is what copies are the same with: the name of the file, and their mode.
type copyKey struct {
	file string
	mode fs.FileMode
}

// seen is a file as it was at a time.
type seen struct {
	info fs.FileInfo
	at   time.Time
}

// look looks at a file, which is to be read after that.
func look(name string) (seen, error) {
	at := time.Now()
	info, err := os.Stat(name)
	return seen{info, at}, err
}

// is reports whether what was read of a file is what is there now. Of one that was
// written just before it was looked at that cannot be told: it may have been written
// once more at the same time.
func (s seen) is(now fs.FileInfo) bool {
	return s.info != nil && sameFile(s.info, now) && s.info.ModTime().Before(s.at.Add(-site.TimeStep))
}

func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// copyFile puts a file into the output. In development it is linked to a copy in the
// same output, or in the last one as long as neither has changed.
func (w *writer) copyFile(to, from string, mode fs.FileMode) (int64, error) {
	if !w.dev {
		return copyFile(to, from, mode)
	}
	of, err := look(from)
	if err != nil {
		return 0, err
	}
	key := copyKey{from, mode}
	other, ok := w.copies[key]
	if !ok {
		other, ok = w.session.copies[key]
		ok = ok && other.of.is(of.info)
	}
	if ok {
		if now, err := os.Lstat(other.name); err == nil && sameFile(other.made, now) && hardLink(other.name, to) == nil {
			w.copies[key] = copied{other.of, other.made, to}
			return of.info.Size(), nil
		}
	}
	n, err := copyFile(to, from, mode)
	if err != nil {
		return n, err
	}
	made, err := os.Lstat(to)
	w.copies[key] = copied{of, made, to}
	return n, err
}

// hardLink makes a file appear at another name, too.
func hardLink(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.Link(from, to)
}

// moved notes that the output with the copies has moved.
func (s *Session) moved(stage, out string) {
	for key, c := range s.copies {
		if name, err := filepath.Rel(stage, c.name); err == nil {
			c.name = filepath.Join(out, name)
		}
		s.copies[key] = c
	}
}

package site

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// SegmentKind orders segments: the smaller wins where routes overlap.
type SegmentKind int

const (
	Literal   SegmentKind = iota // blog
	Parameter                    // {slug}: one segment
	CatchAll                     // {path...}: one or more segments, always the last
)

// Segment is one part of a route.
type Segment struct {
	Kind SegmentKind
	Name string // the literal's text or the parameter's name
}

// Route is where a page answers. The root has no segments.
type Route []Segment

// String formats r as the pattern page authors know: "/blog/{slug}",
// "/docs/{path...}".
func (r Route) String() string { return "/" + r.spell("{%s}", "{%s...}") }

// Output is r's output path: "index", "about", "blog/[slug]", "docs/[...path]".
func (r Route) Output() string {
	if len(r) == 0 {
		return "index"
	}
	return r.spell("[%s]", "[...%s]")
}

// spell writes r with these formats of a parameter's name.
func (r Route) spell(parameter, catchAll string) string {
	return r.join(func(s Segment) string {
		switch s.Kind {
		case Parameter:
			return fmt.Sprintf(parameter, s.Name)
		case CatchAll:
			return fmt.Sprintf(catchAll, s.Name)
		}
		return s.Name
	})
}

// Regular expressions of what paths are made of. They are percent-encoded, and
// an escaped slash is a slash.
const (
	slash = "(?:/|%2[Ff])" // between segments
	// notSlash is a character of a segment, or a part of one that is escaped.
	notSlash = "(?:[^/%]|%[^2]|%2[^Ff])"
)

// Source is the regular expression, without anchors, that matches the
// percent-encoded paths of r. It has one group for each parameter, and is legal
// in PCRE, RE2 and JavaScript.
func (r Route) Source() string {
	parts := make([]string, len(r))
	for i, s := range r {
		switch s.Kind {
		case Literal:
			parts[i] = regexp.QuoteMeta(url.PathEscape(s.Name))
		case Parameter:
			parts[i] = "(" + notSlash + "+)"
		case CatchAll:
			parts[i] = "(" + notSlash + ".*)"
		}
	}
	return "/" + strings.Join(parts, slash)
}

// LiteralPrefix is the regular expression, without anchors, of what comes
// before r's first parameter: "/blog" and a slash for /blog/{slug}.
func (r Route) LiteralPrefix() string {
	switch n := slices.IndexFunc(r, func(s Segment) bool { return s.Kind != Literal }); n {
	case -1:
		return r.Source()
	case 0:
		return "/"
	default:
		return r[:n].Source() + slash
	}
}

// Substitute is r with $1, $2, … for its parameters: the dest that goes with
// Source.
func (r Route) Substitute() string {
	n := 0
	return "/" + r.join(func(s Segment) string {
		if s.Kind == Literal {
			return url.PathEscape(s.Name)
		}
		n++
		return fmt.Sprintf("$%d", n)
	})
}

func (r Route) join(format func(Segment) string) string {
	parts := make([]string, len(r))
	for i, s := range r {
		parts[i] = format(s)
	}
	return strings.Join(parts, "/")
}

// Parameters counts the parameters of r.
func (r Route) Parameters() int {
	n := 0
	for _, s := range r {
		if s.Kind != Literal {
			n++
		}
	}
	return n
}

// Compare orders routes by precedence: per segment from the left, a literal
// comes before a parameter and a parameter before a catch-all. Of two routes
// that match one path, the first in this order answers.
func (r Route) Compare(other Route) int {
	return slices.CompareFunc(r, other, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
}

// shape is equal for routes that match the same paths: parameter names do not
// matter.
func (r Route) shape() string {
	nameless := slices.Clone(r)
	for i, s := range nameless {
		if s.Kind != Literal {
			nameless[i].Name = ""
		}
	}
	return nameless.String()
}

// matches reports whether r matches a path that is not percent-encoded.
func (r Route) matches(path string) bool {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if path == "/" {
		parts = nil
	}
	for i, s := range r {
		if i >= len(parts) || s.Kind == Literal && s.Name != parts[i] {
			return false
		}
		if s.Kind == CatchAll {
			return true
		}
	}
	return len(parts) == len(r)
}

// Fill puts value into r's parameters and returns the path it makes, not
// percent-encoded. The parts of value are joined by slashes: one for each
// parameter, one or more for a catch-all.
func (r Route) Fill(value string) (string, error) {
	if value == "" {
		return "", errors.New("is empty")
	}
	parts := strings.Split(value, "/")
	if slices.Contains(parts, "") {
		return "", errors.New("has an empty part: it starts or ends with a slash, or has two in a row")
	}
	want, catchAll := r.Parameters(), len(r) > 0 && r[len(r)-1].Kind == CatchAll
	switch {
	case len(parts) < want:
		return "", fmt.Errorf("has too few parts: %s takes %d, joined by slashes", r, want)
	case len(parts) > want && !catchAll:
		return "", fmt.Errorf("has too many parts: %s takes %d", r, want)
	}
	filled := make([]string, 0, len(r)+len(parts))
	for _, s := range r {
		switch s.Kind {
		case Literal:
			filled = append(filled, s.Name)
		case Parameter:
			filled, parts = append(filled, parts[0]), parts[1:]
		case CatchAll:
			filled = append(filled, parts...)
		}
	}
	for i, part := range filled {
		if err := checkPathSegment(part, i == len(filled)-1); err != nil {
			return "", fmt.Errorf("is no path: its part %q %w", part, err)
		}
	}
	path := "/" + strings.Join(filled, "/")
	if len(path) > maxPath {
		return "", fmt.Errorf("makes a path of %d bytes: %d is the most", len(path), maxPath)
	}
	return path, nil
}

// maxSegment is the longest segment in bytes. Common file systems allow names
// of 255 bytes, and the output adds a suffix.
const maxSegment = 220

// maxPath is the longest path in bytes. Systems allow names of 1024 bytes at
// least, and the output has a directory above it.
const maxPath = 700

// checkPathSegment reports why a segment of a concrete path cannot be a URL
// and a file of the output.
func checkPathSegment(name string, last bool) error {
	if err := checkText(name); err != nil {
		return err
	}
	switch {
	case strings.Contains(name, ".."):
		return errors.New(`contains ".."`)
	case name == ".":
		return errors.New("means the directory itself")
	case strings.ContainsAny(name, `?#\`):
		return fmt.Errorf("contains %q", name[strings.IndexAny(name, `?#\`)])
	case len(name) > maxSegment:
		return fmt.Errorf("is %d bytes long: %d is the most", len(name), maxSegment)
	case last && name == "index":
		return errors.New("means the directory's own page")
	case last && strings.HasSuffix(name, ".html"):
		return errors.New("ends in .html, which URLs leave out")
	case strings.HasSuffix(name, ".func"):
		return errors.New("ends in .func, which the output reserves")
	}
	return nil
}

// EscapePath percent-encodes the segments of a path that Fill made.
func EscapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

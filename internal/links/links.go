// Package links finds what an HTML document refers to, and which of it is
// missing in the document's own site.
package links

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Checker checks documents of one site, one at a time.
type Checker struct {
	// Find returns the canonical spelling of a path, and whether the site has a
	// page or a file there. Paths are not percent-encoded.
	Find func(path string) (canonical string, found bool)
	// Fragments makes Check collect what Broken needs.
	Fragments bool

	// Many documents have the same links. Those that begin with a slash mean the
	// same in all of them, so those that lead somewhere are looked up once.
	absolute map[string]bool
	seen     map[string]bool // in the last document
}

// Document is what was found in one document.
type Document struct {
	Missing   []string // URLs as they are written, without repetitions, for which the site has nothing
	fragments []fragment
	ids       map[string]bool // what fragments can name
}

// fragment is a URL with a fragment.
type fragment struct {
	written string // the whole URL
	path    string
	id      string
}

// Fragment is a URL whose path is right, but whose fragment names nothing there.
type Fragment struct {
	URL  string // as it is written
	Path string // of the document that it leads to
	ID   string
}

// Broken lists the fragments of d that name nothing. documents has those of the
// site by their paths; a page that is none of them is not known.
func (d *Document) Broken(documents map[string]*Document) []Fragment {
	var broken []Fragment
	for _, f := range d.fragments {
		if target := documents[f.path]; target != nil && !target.ids[f.id] {
			broken = append(broken, Fragment{f.written, f.path, f.id})
		}
	}
	return broken
}

// Check reads the document at a path of the site, which is percent-encoded.
func (c *Checker) Check(path string, document []byte) *Document {
	if c.absolute == nil {
		c.absolute, c.seen = map[string]bool{}, map[string]bool{}
	}
	base := &url.URL{Path: "/"}
	if u, err := url.Parse(path); err == nil {
		base = u
	}
	if !c.Fragments {
		// Most documents have nothing that even looks like a broken link, and to
		// read them in full would take a fifth of the time of a build.
		s := c.scan(base)
		if s.glance(document) && len(s.found.Missing) == 0 {
			return s.found
		}
	}
	s := c.scan(base)
	s.read(document)
	return s.found
}

// scan is the reading of one document.
type scan struct {
	*Checker
	base    *url.URL
	hasBase bool // from an element
	found   *Document
}

func (c *Checker) scan(base *url.URL) *scan {
	clear(c.seen)
	s := &scan{Checker: c, base: base, found: &Document{}}
	if c.Fragments {
		s.found.ids = map[string]bool{}
	}
	return s
}

// read reads a document as a browser does.
func (s *scan) read(document []byte) {
	tokens := html.NewTokenizer(bytes.NewReader(document))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end: nothing else ends what is in memory
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			s.element(tokens)
		}
	}
}

// attributes are those that hold URLs, by their elements. What srcset holds is a
// list of them.
var attributes = map[atom.Atom][]string{
	atom.A:      {"href"},
	atom.Area:   {"href"},
	atom.Audio:  {"src"},
	atom.Button: {"formaction"},
	atom.Embed:  {"src"},
	atom.Form:   {"action"},
	atom.Frame:  {"src"},
	atom.Iframe: {"src"},
	atom.Image:  {"href"},
	atom.Img:    {"src", "srcset"},
	atom.Input:  {"src", "formaction"},
	atom.Link:   {"href", "imagesrcset"},
	atom.Object: {"data"},
	atom.Script: {"src"},
	atom.Source: {"src", "srcset"},
	atom.Track:  {"src"},
	atom.Video:  {"src", "poster"},
}

// element looks at the attributes of the start tag that was read.
func (s *scan) element(tokens *html.Tokenizer) {
	name, more := tokens.TagName()
	element := atom.Lookup(name)
	wanted := attributes[element]
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		switch {
		case element == atom.Base && string(key) == "href" && !s.hasBase:
			s.setBase(string(value))
		case s.Fragments && (string(key) == "id" || element == atom.A && string(key) == "name"):
			s.found.ids[string(value)] = true
		default:
			for _, w := range wanted {
				if string(key) == w {
					s.attribute(w, value)
				}
			}
		}
	}
}

// setBase makes the first <base> what relative URLs are resolved against.
func (s *scan) setBase(href string) {
	if u, err := s.base.Parse(strings.TrimSpace(href)); err == nil {
		s.base, s.hasBase = u, true
	}
}

const space = " \t\n\f\r"

// isList reports whether an attribute holds several URLs.
func isList(name string) bool { return strings.HasSuffix(name, "srcset") }

// attribute checks the URLs that an attribute holds.
func (s *scan) attribute(name string, value []byte) {
	if !isList(name) {
		s.check(value)
		return
	}
	// Each is followed by a space, and by what it is for and a comma if there is
	// another. A comma may stand in a URL, but not at its end.
	for len(value) > 0 {
		value = bytes.TrimLeft(value, space+",")
		end := bytes.IndexAny(value, space)
		if end < 0 {
			end = len(value)
		}
		u := bytes.TrimRight(value[:end], ",")
		if len(u) > 0 {
			s.check(u)
		}
		if value = value[end:]; len(u) == end {
			_, value, _ = bytes.Cut(value, []byte(","))
		}
	}
}

// check checks one URL.
func (s *scan) check(value []byte) {
	value = bytes.Trim(value, space)
	if s.absolute[string(value)] || s.seen[string(value)] || isElsewhere(value) {
		return
	}
	written := string(value)
	s.seen[written] = true
	u, err := url.Parse(written)
	if err != nil {
		// A browser asks for it all the same, unless it is no URL of this site.
		if !strings.Contains(written, "://") {
			s.found.Missing = append(s.found.Missing, written)
		}
		return
	}
	here := u.Path == "" && u.RawQuery == "" && !s.hasBase // the document itself, whatever is there
	if u = s.base.ResolveReference(u); u.Scheme != "" || u.Host != "" {
		return
	}
	path, found := s.Find(u.Path)
	if !here && !found {
		s.found.Missing = append(s.found.Missing, written)
		return
	}
	if id := fragmentID(u); id != "" {
		if s.Fragments {
			s.found.fragments = append(s.found.fragments, fragment{written, path, id})
		}
	} else if len(written) > 0 && written[0] == '/' {
		s.absolute[written] = true
	}
}

// isElsewhere spares most links of other sites a closer look.
func isElsewhere(value []byte) bool {
	return bytes.HasPrefix(value, []byte("https://")) || bytes.HasPrefix(value, []byte("http://")) || bytes.HasPrefix(value, []byte("//"))
}

// fragmentID is the ID that a URL's fragment names, "" for one that needs none:
// the top of the document, or a text in it.
func fragmentID(u *url.URL) string {
	id, _, _ := strings.Cut(u.Fragment, ":~:")
	if strings.EqualFold(id, "top") {
		return ""
	}
	return id
}

// Package content has the posts: the Markdown files beside it, which are part of
// the program.
package content

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	chroma "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/yuin/goldmark"
	highlighting "github.com/yuin/goldmark-highlighting/v2"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

//go:embed *.md
var files embed.FS

// Post is one post.
type Post struct {
	Slug  string // the file's name without its extension
	Title string
	Date  time.Time
	Tags  []string // sorted
	Lead  string   // the first paragraph, as text
	HTML  template.HTML

	Newer, Older *Post // nil at the ends
}

// Path is the URL of the post on this site.
func (p *Post) Path() string { return "/posts/" + p.Slug }

// Posts are all posts, the newest first.
var Posts = sync.OnceValues(func() ([]*Post, error) { return read(files) })

// Find is the post with this slug. It wraps fs.ErrNotExist if there is none.
func Find(slug string) (*Post, error) {
	posts, err := Posts()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(posts, func(p *Post) bool { return p.Slug == slug })
	if i < 0 {
		return nil, fmt.Errorf("post %q: %w", slug, fs.ErrNotExist)
	}
	return posts[i], nil
}

// Tags has the posts of each tag, the newest first.
func Tags() (map[string][]*Post, error) {
	posts, err := Posts()
	tags := map[string][]*Post{}
	for _, p := range posts {
		for _, tag := range p.Tags {
			tags[tag] = append(tags[tag], p)
		}
	}
	return tags, err
}

// read reads all posts of a directory. All mistakes in them are one error.
func read(dir fs.FS) ([]*Post, error) {
	names, err := fs.Glob(dir, "*.md")
	if err != nil {
		return nil, err
	}
	var posts []*Post
	var mistakes []error
	for _, name := range names {
		source, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		post, err := parse(strings.TrimSuffix(name, ".md"), source)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("content/%s: %w", name, err))
			continue
		}
		posts = append(posts, post)
	}
	slices.SortFunc(posts, func(a, b *Post) int {
		return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(a.Slug, b.Slug))
	})
	for i := range len(posts) - 1 {
		posts[i].Older, posts[i+1].Newer = posts[i+1], posts[i]
	}
	return posts, errors.Join(mistakes...)
}

// markdown highlights code with classes, whose colours are in public/style.css.
var markdown = goldmark.New(
	goldmark.WithExtensions(
		extension.Table,
		extension.Typographer,
		highlighting.NewHighlighting(highlighting.WithFormatOptions(chroma.WithClasses(true))),
	),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

// parse makes a post of a file: lines "name: value" between two lines "---", then
// Markdown.
func parse(slug string, source []byte) (*Post, error) {
	text, opened := strings.CutPrefix(string(source), "---\n")
	head, body, closed := strings.Cut(text, "\n---\n")
	if !opened || !closed {
		return nil, errors.New(`a post begins with a head between two lines "---"`)
	}
	post := &Post{Slug: slug}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if err := post.set(name, value); err != nil {
			return nil, err
		}
	}
	if post.Title == "" || post.Date.IsZero() || len(post.Tags) == 0 {
		return nil, errors.New("a post has a title, a date and tags")
	}
	var out bytes.Buffer
	if err := markdown.Convert([]byte(body), &out); err != nil {
		return nil, err
	}
	post.HTML = template.HTML(out.String())
	post.Lead = lead(post.HTML)
	return post, nil
}

func (p *Post) set(name, value string) (err error) {
	switch name {
	case "title":
		p.Title = value
	case "date":
		p.Date, err = time.Parse(time.DateOnly, value)
	case "tags":
		p.Tags = strings.Split(value, ", ")
		slices.Sort(p.Tags)
	default:
		err = fmt.Errorf("%q is neither title nor date nor tags", name)
	}
	return err
}

var (
	firstParagraph = regexp.MustCompile(`(?s)<p>(.*?)</p>`)
	tag            = regexp.MustCompile(`<[^>]*>`)
)

// lead is the text of the first paragraph of a post. One that leads over to what
// follows ends here.
func lead(post template.HTML) string {
	match := firstParagraph.FindStringSubmatch(string(post))
	if match == nil {
		return ""
	}
	text := html.UnescapeString(tag.ReplaceAllString(match[1], ""))
	if before, open := strings.CutSuffix(text, ":"); open {
		return before + "."
	}
	return text
}

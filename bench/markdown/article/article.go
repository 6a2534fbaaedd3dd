// Package article is what the measured programs have in common: the articles
// and the way from Markdown to a page.
package article

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/yuin/goldmark"
)

// Count is how many articles there are.
const Count = 10_000

//go:embed article.md
var source []byte

// Slug is the name of article number i, from 0 to Count-1.
func Slug(i int) string { return fmt.Sprintf("article-%05d", i) }

// Slugs are all the names.
func Slugs() []string {
	slugs := make([]string, Count)
	for i := range slugs {
		slugs[i] = Slug(i)
	}
	return slugs
}

// Markdown is the source of an article.
func Markdown(slug string) []byte {
	return bytes.ReplaceAll(source, []byte("SLUG"), []byte(slug))
}

// Render renders an article to a page of about 7 kB. It may be called by
// several goroutines at once.
func Render(markdown []byte) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Article</title>\n")
	if err := goldmark.Convert(markdown, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

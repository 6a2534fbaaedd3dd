// Package slug is the page of an article.
package slug

import (
	"net/http"

	"github.com/jargo-dev/jargo/bench/markdown/article"
)

// Paths lists the articles.
func Paths() []string { return article.Slugs() }

// Data reads an article.
func Data(r *http.Request) []byte { return article.Markdown(r.PathValue("slug")) }

// Render renders it.
func Render(markdown []byte) ([]byte, error) { return article.Render(markdown) }

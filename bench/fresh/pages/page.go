// Package pages is a fresh page with a table of 20 rows, 2.3 KB.
package pages

import (
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Fresh{} }

type Row struct {
	Name, Owner string
	Count       int
	Size        int64
	Public      bool
}

type Page struct {
	Title string
	Rows  []Row
}

func Data(r *http.Request) Page {
	p := Page{Title: "Files & folders"}
	for i := range 20 {
		p.Rows = append(p.Rows, Row{"a file <" + r.URL.Path + ">", "someone else's", i, int64(i) * 4321, i%2 == 0})
	}
	return p
}

func Render(p Page) string {
	var b strings.Builder
	title := html.EscapeString(p.Title)
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1>\n<table>\n")
	for _, r := range p.Rows {
		b.WriteString("<tr><td>" + html.EscapeString(r.Name) + "</td><td>" + html.EscapeString(r.Owner) + "</td><td>")
		b.WriteString(strconv.Itoa(r.Count) + "</td><td>" + strconv.FormatInt(r.Size, 10) + "</td><td>" + strconv.FormatBool(r.Public) + "</td></tr>\n")
	}
	b.WriteString("</table>\n</body></html>\n")
	return b.String()
}

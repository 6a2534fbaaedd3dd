package engine

import (
	"path"
	"strings"
)

const (
	htmlType = "text/html; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// contentType is the type of a page that sets none: that of a file with the name
// of its route. A parameter is a visitor's value and decides nothing. The table is
// part of the program, for the machine's own differs from one to the next; XML
// names its encoding itself.
func contentType(pattern string) string {
	name := path.Base(pattern)
	if strings.HasPrefix(name, "{") {
		return htmlType
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".atom":
		return "application/atom+xml"
	case ".css":
		return "text/css; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".ics":
		return "text/calendar; charset=utf-8"
	case ".js", ".mjs":
		return "application/javascript; charset=utf-8"
	case ".json":
		return "application/json; charset=utf-8"
	case ".jsonld":
		return "application/ld+json"
	case ".md":
		return "text/markdown; charset=utf-8"
	case ".rss":
		return "application/rss+xml"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return textType
	case ".vcf":
		return "text/x-vcard; charset=utf-8"
	case ".vtt":
		return "text/vtt; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json; charset=utf-8"
	case ".xml":
		return "application/xml"
	}
	return htmlType
}

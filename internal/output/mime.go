package output

import (
	_ "embed"
	"path"
	"strings"
	"sync"
)

//go:embed mimetypes.txt
var mimeTypes string

// contentTypes maps a file extension (without the dot, lower case) to the value
// of the Content-Type header. The table is the vendor's and not the machine's,
// so that a file has the same type wherever it is served.
var contentTypes = sync.OnceValue(func() map[string]string {
	types := make(map[string]string, 1300)
	for line := range strings.Lines(mimeTypes) {
		typ, exts, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			continue // the comment
		}
		for ext := range strings.FieldsSeq(exts) {
			types[ext] = typ
		}
	}
	return types
})

// ContentType returns the Content-Type of a static file by its name on disk.
func ContentType(name string) string {
	// A file named ".css" has no extension, it is only hidden.
	base := path.Base(name)
	ext := path.Ext(base)
	if ext == base {
		ext = ""
	}
	if typ, ok := contentTypes()[strings.ToLower(strings.TrimPrefix(ext, "."))]; ok && ext != "" {
		return typ
	}
	return "application/octet-stream"
}

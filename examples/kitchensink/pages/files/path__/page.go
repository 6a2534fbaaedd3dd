// Package path serves files from the program, by a handler that there was before.
package path

import (
	"embed"
	"net/http"
)

//go:embed files
var files embed.FS

// Handler sees the path of the visitor's request, /files/notes.txt, as every page does.
var Handler = http.FileServerFS(files)

package python

import _ "embed"

// handlerSource is the one file that runs Python pages: at build time, and in
// the function.
//
//go:embed handler.py
var handlerSource []byte

// Names in the function's directory, which handler.py knows too.
const (
	handlerFile  = "jargo_handler.py"
	handlerName  = "jargo_handler.handler"
	pagesFile    = "jargo_pages.json"
	packagesName = "_vendor"
)

// foundFile is the list of pages for the build, beside handlerFile there.
const foundFile = "found.json"

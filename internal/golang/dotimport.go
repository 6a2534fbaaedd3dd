package golang

import "regexp"

// dotImported is the compiler's error for a package that declares what it also has
// by a dot-import, as those of component libraries bring it.
var dotImported = regexp.MustCompile(`^(?:Render|Data|Config|Paths|Handler|Middleware|Open) already declared through dot-import of package (\w+)`)

// dotImportFix says what to do about such an error: a page cannot take another name.
func dotImportFix(message string) string {
	m := dotImported.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return "Jargo needs this name in the page's own package: import " + m[1] + " without the dot,\nor keep what uses it in a package of its own, such as _parts"
}

// dotImportHint is a line of a fix for who may take a name that a dot-import brings
// for the page's own; "" without one.
func (s *source) dotImportHint() string {
	for _, f := range s.files {
		for _, spec := range f.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				return "\nwhat a dot-import brings, as that of " + spec.Path.Value + ", is not the page's own"
			}
		}
	}
	return ""
}

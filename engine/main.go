package engine

// Main runs a compiled site: the renderer of a build when [BuildSocket] is set,
// else the function. Pages come in the order of their precedence. It does not
// return.
func Main(pages ...Page) {}

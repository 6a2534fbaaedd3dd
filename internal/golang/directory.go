package golang

import (
	"go/types"
	"path"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// export is a function that Jargo calls for a directory, whether its package is a
// page or not. It is kept between builds as JSON.
type export struct {
	Place      string // below pages/, with slashes
	ImportPath string
	At         diag.Pos
}

const (
	openShapes       = "func Open(ctx context.Context) (io.Closer, error)"
	middlewareShapes = "func Middleware(next http.Handler) http.Handler"
)

// covers reports whether an export is for a page: it is in its directory or below.
func (e *export) covers(p *page) bool { return e.middleware().Covers(path.Join("pages", p.Place)) }

// middleware is an export as the site model has it.
func (e *export) middleware() site.Middleware {
	return site.Middleware{Dir: path.Join("pages", e.Place), At: e.At}
}

// middleware tells whether a package has Middleware.
func (c *checker) middleware() bool {
	sig := c.directoryFunction("Middleware", middlewareShapes)
	if sig == nil {
		return false
	}
	isHandler := func(list []types.Type) bool { return len(list) == 1 && isNamed(list[0], "net/http", "Handler") }
	if !isHandler(params(sig)) || !isHandler(results(sig)) {
		c.shape("Middleware", sig, middlewareShapes)
		return false
	}
	return true
}

// open tells whether the package of pages/ itself has an Open.
func (c *checker) open() bool {
	sig := c.directoryFunction("Open", openShapes)
	if sig == nil {
		return false
	}
	if !isOpen(sig) {
		c.shape("Open", sig, openShapes)
		return false
	}
	return true
}

func isOpen(sig *types.Signature) bool {
	in, out := params(sig), results(sig)
	return len(in) == 1 && len(out) == 2 && isNamed(in[0], "context", "Context") &&
		isNamed(out[0], "io", "Closer") && isError(out[1])
}

// checkUseful reports what a site without a Go page exports for nothing.
func (e *exports) checkUseful(diags *diag.List) {
	if len(*diags) > 0 {
		return // about a page that is wrong, perhaps
	}
	const fix = "remove it, or move it out of pages/: Python pages "
	if e.Open != nil {
		diags.Add(e.Open.At, fix+"open what they need themselves", "Open is never called: the site has no Go page")
	}
	for _, m := range e.Middleware {
		diags.Add(m.At, fix+"guard themselves", "Middleware wraps nothing: the site has no Go page")
	}
}

// directoryFunction returns the signature of a function that means something in a
// package that need not be a page: a type or a constant of that name is the author's
// own, but a variable looks like what Jargo would call.
func (c *checker) directoryFunction(name, shapes string) *types.Signature {
	switch c.scope.Lookup(name).(type) {
	case *types.Func:
		return c.function(name, shapes)
	case *types.Var:
		c.report(name, shapes, "%s is a variable, but Jargo calls a function of that name", name)
	}
	return nil
}

// directory adds what a package exports for its directory.
func (e *exports) directory(from candidate, src *source, p *listed, pkg *types.Package, imports types.Importer, diags *diag.List) {
	c := &checker{src: src, scope: pkg.Scope(), diags: diags}
	if c.middleware() && notMain(src, p, diags) {
		e.Middleware = append(e.Middleware, &export{from.place, pkg.Path(), c.at("Middleware")})
	}
	if f := c.funcs(from.place, pkg, imports); f != nil && notMain(src, p, diags) {
		e.Funcs = append(e.Funcs, f)
	} else if src.has("Funcs") {
		e.typed.wrongFuncs = e.typed.wrongFuncs || c.wrong
	}
	if from.place == "" {
		if c.open() && notMain(src, p, diags) {
			e.Open = &export{from.place, pkg.Path(), c.at("Open")}
		}
		return
	}
	// It may well be the author's own, so it is no mistake.
	if fn, ok := c.scope.Lookup("Open").(*types.Func); ok && isOpen(fn.Signature()) {
		e.Hints.Add(c.at("Open"), "", "Jargo calls Open in the package of pages/ alone: this one is a function like any other")
	}
}

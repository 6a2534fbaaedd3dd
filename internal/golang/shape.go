package golang

import (
	"go/ast"
	"go/types"

	"github.com/jargo-dev/jargo/internal/diag"
)

// jargoPath is the import path of the package that pages import.
const jargoPath = "github.com/jargo-dev/jargo"

// dataShape is what the generated program must know to call Data.
type dataShape struct {
	Request bool // it takes *http.Request
	Info    bool // it returns jargo.Info as well, which of a page with Render that does
	Err     bool // it returns an error as well

	typ types.Type // only while the page is checked
}

// renderShape is what the generated program must know to call Render.
type renderShape struct {
	Writer bool // it takes an io.Writer and returns no body
	Data   bool
	Body   body
	Info   bool
	Err    bool
}

// body is the call of an engine.Response that takes a body, in the generated
// program.
type body string

const (
	bodyString    body = "String(body)"
	bodyHTML      body = "String(string(body))"
	bodyBytes     body = "Bytes(body)"
	bodyComponent body = "Component(r.Context(), body)" // templ
	bodyNode      body = "Node(body)"                   // gomponents
	bodyWriterTo  body = "WriterTo(body)"
	bodyReader    body = "Reader(body)"
)

// handlerShape is what the generated program must know to call Handler.
type handlerShape string

const (
	noHandler    handlerShape = ""
	handlerFunc  handlerShape = "func"
	handlerError handlerShape = "func that returns an error"
	handlerValue handlerShape = "http.Handler"
)

// pathsShape is what the generated program must know to call Paths.
type pathsShape struct {
	Present bool
	Err     bool
}

const (
	dataShapes = `Data takes nothing or the request, and returns a value or a value and an error:
    func Data() T
    func Data(r *http.Request) (T, error)`
	templateDataShapes = dataShapes + `
or, since the page is a template, jargo.Info before the error:
    func Data(r *http.Request) (T, jargo.Info, error)`
	renderShapes = `Render takes nothing or what Data returns, and returns a body, then optionally
jargo.Info, then optionally error. With an io.Writer first it returns no body:
    func Render(data T) string
    func Render(data T) (template.HTML, jargo.Info, error)
    func Render(w io.Writer, data T) error
A body is a string, []byte, template.HTML, io.WriterTo, io.Reader, or has the method
Render(context.Context, io.Writer) error or Render(io.Writer) error.`
	configShapes  = "func Config() jargo.Config"
	pathsShapes   = "func Paths() []string\nfunc Paths() ([]string, error)"
	funcsShapes   = "func Funcs() template.FuncMap"
	handlerShapes = `func Handler(w http.ResponseWriter, r *http.Request)
func Handler(w http.ResponseWriter, r *http.Request) error
var Handler http.Handler = …`
)

// checker checks the exports of one page package.
type checker struct {
	src   *source
	scope *types.Scope
	diags *diag.List
	wrong bool // something was reported
}

// at is where the package declares name; the zero Pos when it does not. The
// source may have been written since it was compiled: the types decide.
func (c *checker) at(name string) diag.Pos {
	if c.scope.Lookup(name) == nil {
		return diag.Pos{}
	}
	return c.src.pos(name)
}

func (c *checker) report(name, fix, format string, args ...any) {
	c.diags.Add(c.src.pos(name), fix, format, args...)
	c.wrong = true
}

// reportAt is report of a place in the source.
func (c *checker) reportAt(node ast.Node, fix, format string, args ...any) {
	c.diags.Add(c.src.at(node.Pos()), fix, format, args...)
	c.wrong = true
}

// function returns the signature of an exported function; nil when there is
// none. Anything else of that name is reported.
func (c *checker) function(name, shapes string) *types.Signature {
	obj := c.scope.Lookup(name)
	if obj == nil {
		return nil
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		c.report(name, shapes, "%s is not a function, but a page's %s is one", name, name)
		return nil
	}
	if fn.Signature().TypeParams().Len() > 0 {
		c.report(name, shapes, "%s has type parameters: Jargo would not know their types", name)
		return nil
	}
	return fn.Signature()
}

// shape reports a signature that is none of the accepted ones.
func (c *checker) shape(name string, sig *types.Signature, shapes string) {
	c.report(name, shapes, "%s has a shape that Jargo cannot call: %s", name, c.format(sig))
}

func (c *checker) format(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Scope() == c.scope {
			return ""
		}
		return p.Name()
	})
}

func (c *checker) handler() handlerShape {
	shape := c.handlerShape()
	for _, other := range []string{"Render", "Data", "Paths"} {
		if c.scope.Lookup(other) != nil {
			if _, isFunc := c.scope.Lookup(other).(*types.Func); isFunc {
				c.report(other, "keep one of the two: a Handler writes the whole response itself",
					"the page has both Handler and %s", other)
			}
		}
	}
	return shape
}

func (c *checker) handlerShape() handlerShape {
	if v, ok := c.scope.Lookup("Handler").(*types.Var); ok {
		// A variable has the methods of a pointer to it, too.
		for _, t := range []types.Type{v.Type(), types.NewPointer(v.Type())} {
			if hasMethod(t, "ServeHTTP", "", "net/http.ResponseWriter", "*net/http.Request") {
				return handlerValue
			}
		}
		c.report("Handler", handlerShapes, "Handler is a variable of type %s, which is no http.Handler", c.format(v.Type()))
		return noHandler
	}
	sig := c.function("Handler", handlerShapes)
	if sig == nil {
		return noHandler
	}
	in, out := params(sig), results(sig)
	if len(in) != 2 || len(out) > 1 || sig.Variadic() || !isNamed(in[0], "net/http", "ResponseWriter") || !isRequest(in[1]) ||
		len(out) == 1 && !isError(out[0]) {
		c.shape("Handler", sig, handlerShapes)
	}
	if len(out) == 1 {
		return handlerError
	}
	return handlerFunc
}

func (c *checker) config() {
	sig := c.function("Config", configShapes)
	if sig != nil && (len(params(sig)) != 0 || len(results(sig)) != 1 || !isNamed(results(sig)[0], jargoPath, "Config")) {
		c.shape("Config", sig, configShapes)
	}
}

func (c *checker) paths() pathsShape {
	sig := c.function("Paths", pathsShapes)
	if sig == nil {
		return pathsShape{}
	}
	out := results(sig)
	shape := pathsShape{Present: true, Err: len(out) == 2}
	if len(params(sig)) != 0 || len(out) == 0 || len(out) > 2 || !isStrings(out[0]) || shape.Err && !isError(out[1]) {
		c.shape("Paths", sig, pathsShapes)
	}
	return shape
}

// data checks Data, which may return jargo.Info if the page is a template.
func (c *checker) data(isTemplate bool) *dataShape {
	shapes := dataShapes
	if isTemplate {
		shapes = templateDataShapes
	}
	sig := c.function("Data", shapes)
	if sig == nil {
		return nil
	}
	in, out := params(sig), results(sig)
	shape := &dataShape{Request: len(in) == 1}
	more := out[min(1, len(out)):]
	if isTemplate && len(more) > 0 && isNamed(more[0], jargoPath, "Info") {
		shape.Info, more = true, more[1:]
	}
	if len(more) > 0 && isError(more[0]) {
		shape.Err, more = true, more[1:]
	}
	if len(in) > 1 || sig.Variadic() || shape.Request && !isRequest(in[0]) || len(out) == 0 || len(more) > 0 || isError(out[0]) {
		c.shape("Data", sig, shapes)
		return nil
	}
	shape.typ = out[0]
	return shape
}

// render checks Render, and that it fits data.
func (c *checker) render(data *dataShape) renderShape {
	var shape renderShape
	sig := c.function("Render", renderShapes)
	if sig == nil {
		return shape
	}
	in, out := params(sig), results(sig)
	if len(in) > 0 && isNamed(in[0], "io", "Writer") {
		shape.Writer, in = true, in[1:]
	} else if len(out) > 0 {
		shape.Body, out = bodyOf(out[0]), out[1:]
	}
	if len(out) > 0 && isNamed(out[0], jargoPath, "Info") {
		shape.Info, out = true, out[1:]
	}
	if len(out) > 0 && isError(out[0]) {
		shape.Err, out = true, out[1:]
	}
	shape.Data = len(in) == 1
	if len(in) > 1 || len(out) > 0 || sig.Variadic() || !shape.Writer && shape.Body == "" {
		c.shape("Render", sig, renderShapes)
		return shape
	}
	c.fit(in, data)
	return shape
}

// fit reports a Render whose parameter is not what Data returns.
func (c *checker) fit(in []types.Type, data *dataShape) {
	switch hasData := c.scope.Lookup("Data") != nil; {
	case len(in) == 0 && data != nil:
		c.report("Render", "take it: func Render(data "+c.format(data.typ)+") …, or remove Data",
			"Render does not take the %s that Data returns (%s)", c.format(data.typ), c.src.pos("Data"))
	case len(in) == 1 && !hasData && isRequest(in[0]):
		c.report("Render", "add func Data(r *http.Request) T and let Render take the T",
			"Render takes the request, which only Data can have")
	case len(in) == 1 && !hasData:
		c.report("Render", "add func Data() "+c.format(in[0])+c.src.dotImportHint(), "Render takes %s, but the page has no Data to make it", c.format(in[0]))
	case len(in) == 1 && data != nil && !types.AssignableTo(data.typ, in[0]):
		c.report("Render", "let Render take "+c.format(data.typ)+", or Data return "+c.format(in[0]),
			"Render takes %s, but Data returns %s (%s)", c.format(in[0]), c.format(data.typ), c.src.pos("Data"))
	}
}

// bodyOf tells what takes a body of type t; "" when nothing does.
func bodyOf(t types.Type) body {
	switch {
	case types.Identical(t, types.Typ[types.String]):
		return bodyString
	case types.Identical(t, types.NewSlice(types.Typ[types.Byte])):
		return bodyBytes
	case isNamed(t, "html/template", "HTML"):
		return bodyHTML
	case hasMethod(t, "Render", "error", "context.Context", "io.Writer"):
		return bodyComponent
	case hasMethod(t, "Render", "error", "io.Writer"):
		return bodyNode
	case hasMethod(t, "WriteTo", "int64, error", "io.Writer"):
		return bodyWriterTo
	case hasMethod(t, "Read", "int, error", "[]byte"):
		return bodyReader
	}
	return ""
}

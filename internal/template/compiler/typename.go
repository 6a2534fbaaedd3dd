package compiler

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// format is a type as the page's author knows it.
func (c *compiler) format(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// typeName is a type in the generated code.
func (c *compiler) typeName(t types.Type, at diag.Pos) string {
	if hidden := hiddenType(t); hidden != "" {
		c.cannot(at, "the program cannot name the type %s", hidden)
		return ""
	}
	if c.Import == nil {
		return ""
	}
	return types.TypeString(t, c.Import)
}

// hiddenType returns a type in t that other packages than its own cannot name; "" for none.
func hiddenType(t types.Type) string {
	hidden, seen := "", map[types.Type]bool{}
	var visit func(types.Type)
	visit = func(t types.Type) {
		if seen[t] || hidden != "" {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			obj := t.Obj()
			if pkg := obj.Pkg(); pkg != nil && (!obj.Exported() || pkg.Scope().Lookup(obj.Name()) != obj || isInternal(pkg.Path())) {
				hidden = obj.Name()
			}
			for arg := range t.TypeArgs().Types() {
				visit(arg)
			}
		case *types.Alias:
			if obj := t.Obj(); obj.Pkg() != nil && (!obj.Exported() || isInternal(obj.Pkg().Path())) {
				hidden = obj.Name()
			}
			visit(types.Unalias(t))
		case *types.Pointer:
			visit(t.Elem())
		case *types.Slice:
			visit(t.Elem())
		case *types.Array:
			visit(t.Elem())
		case *types.Chan:
			visit(t.Elem())
		case *types.Map:
			visit(t.Key())
			visit(t.Elem())
		case *types.Signature:
			visit(t.Params())
			visit(t.Results())
		case *types.Tuple:
			for v := range t.Variables() {
				visit(v.Type())
			}
		case *types.Struct:
			if t.NumFields() > 0 {
				hidden = fmt.Sprint(t)
			}
		case *types.Interface:
			if t.NumMethods() > 0 {
				hidden = fmt.Sprint(t)
			}
		}
	}
	visit(t)
	return hidden
}

// isInternal reports whether a package can be imported by some packages alone.
func isInternal(path string) bool {
	return strings.HasPrefix(path, "internal/") || strings.Contains(path, "/internal/") || strings.HasSuffix(path, "/internal")
}

// CanName reports whether generated code can name a type.
func CanName(t types.Type) bool { return hiddenType(t) == "" }

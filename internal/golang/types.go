package golang

import (
	"go/types"
	"slices"
	"strings"
)

// hasMethod reports whether the method set of t has a method with these
// parameter types and this list of results. Types are spelled with their full
// import path; comparing the spelling needs no package to be loaded that the
// site does not use itself.
func hasMethod(t types.Type, name, result string, in ...string) bool {
	sel := types.NewMethodSet(t).Lookup(nil, name)
	if sel == nil {
		return false
	}
	sig, ok := sel.Type().(*types.Signature)
	return ok && !sig.Variadic() && slices.Equal(spell(params(sig)), in) && strings.Join(spell(results(sig)), ", ") == result
}

func spell(list []types.Type) []string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = strings.ReplaceAll(types.TypeString(types.Unalias(t), nil), "[]uint8", "[]byte")
	}
	return names
}

func params(sig *types.Signature) []types.Type  { return tuple(sig.Params()) }
func results(sig *types.Signature) []types.Type { return tuple(sig.Results()) }

func tuple(t *types.Tuple) []types.Type {
	list := make([]types.Type, t.Len())
	for i := range list {
		list[i] = t.At(i).Type()
	}
	return list
}

// isNamed reports whether t is the type name of the package at path.
func isNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

func isRequest(t types.Type) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	return ok && isNamed(p.Elem(), "net/http", "Request")
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

func isStrings(t types.Type) bool {
	return types.Identical(t, types.NewSlice(types.Typ[types.String]))
}

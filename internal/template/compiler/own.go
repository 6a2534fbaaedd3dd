package compiler

import (
	"go/token"
	"go/types"
)

// OwnCode is the functions that all templates have besides those of text/template: what
// each is in the code of a page.
var OwnCode = map[string]string{"asset": "sitefile.Asset", "routes": "sitefile.Routes", "now": "time.Now"}

// OwnFuncs are these functions. The type of one is not known if that needs package time,
// which may be nil.
func OwnFuncs(time *types.Package) map[string]Func {
	text, err := types.Typ[types.String], types.Universe.Lookup("error").Type()
	own := map[string]types.Type{
		"asset":  signature([]types.Type{text}, text, err),
		"routes": signature(nil, types.NewSlice(text)),
		"now":    nil,
	}
	if time != nil {
		own["now"] = signature(nil, time.Scope().Lookup("Time").Type())
	}
	funcs := map[string]Func{}
	for name, t := range own {
		funcs[name] = Func{Type: t, Code: OwnCode[name]}
	}
	return funcs
}

// signature is the type of a function.
func signature(in []types.Type, out ...types.Type) *types.Signature {
	tuple := func(list []types.Type) *types.Tuple {
		var vars []*types.Var
		for _, t := range list {
			vars = append(vars, types.NewParam(token.NoPos, nil, "", t))
		}
		return types.NewTuple(vars...)
	}
	return types.NewSignatureType(nil, nil, nil, tuple(in), tuple(out), false)
}

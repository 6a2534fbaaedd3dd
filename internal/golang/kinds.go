package golang

import (
	"errors"
	"go/types"
	"reflect"
	"slices"

	"github.com/jargo-dev/jargo/engine"
)

// kind is a type that a page's Config may return. It is as in the package jargo
// that the site is compiled with, which may be older or newer than the engine:
// what both know becomes an engine.Config, and what only the site knows is a
// mistake where a page uses it. It is kept between builds as JSON.
type kind struct {
	Type     string   // "Fresh"
	Known    bool     // to the engine
	Settings []string // fields that engine.Config has, too
	Unknown  []string // its other fields
}

// engineKinds are the types for which the engine has a Kind of that name.
var engineKinds = []string{"Build", "Fresh", "Regenerated"}

// notSettings are the fields of engine.Config that are not a page's to set.
var notSettings = []string{"Kind", "Unknown"}

// engineConfig is the type whose fields are the settings that the engine knows.
var engineConfig = reflect.TypeFor[engine.Config]()

// kindsOf returns the kinds of page that a package jargo has, for an engine with
// this type of Config.
func kindsOf(jargo *types.Package, config reflect.Type) ([]kind, error) {
	var isConfig *types.Interface
	if obj := jargo.Scope().Lookup("Config"); obj != nil {
		isConfig, _ = obj.Type().Underlying().(*types.Interface)
	}
	if isConfig == nil {
		return nil, errors.New("package jargo has no interface Config")
	}
	var kinds []kind
	for _, name := range jargo.Scope().Names() {
		obj, ok := jargo.Scope().Lookup(name).(*types.TypeName)
		if !ok || !obj.Exported() || obj.IsAlias() || types.IsInterface(obj.Type()) || !types.Implements(obj.Type(), isConfig) {
			continue
		}
		k := kind{Type: name, Known: slices.Contains(engineKinds, name)}
		for _, field := range fieldsOf(obj.Type()) {
			if isSetting(field, config) {
				k.Settings = append(k.Settings, field.Name())
			} else {
				k.Unknown = append(k.Unknown, field.Name())
			}
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// fieldsOf are the exported fields of a struct, and of those that it embeds.
func fieldsOf(t types.Type) []*types.Var {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var fields []*types.Var
	for f := range s.Fields() {
		switch _, isStruct := f.Type().Underlying().(*types.Struct); {
		case f.Embedded() && isStruct:
			fields = append(fields, fieldsOf(f.Type())...)
		case f.Exported():
			fields = append(fields, f)
		}
	}
	return fields
}

// isSetting reports whether a Config of the engine has a field like f.
func isSetting(f *types.Var, config reflect.Type) bool {
	own, ok := config.FieldByName(f.Name())
	spelled := types.TypeString(f.Type(), (*types.Package).Name)
	return ok && !slices.Contains(notSettings, own.Name) && own.Type.String() == spelled
}

// hasUnknown reports whether values of a kind must be looked at for fields that
// the engine does not know.
func (k kind) hasUnknown() bool { return k.Known && len(k.Unknown) > 0 }

// configFunc writes the function that makes the engine's config of a page's. A
// value of none of the kinds, as nil, becomes the zero Config.
func (g *generator) configFunc(kinds []kind) {
	value := "c.(type)"
	if slices.ContainsFunc(kinds, func(k kind) bool { return k.Known && len(k.Settings) > 0 || k.hasUnknown() }) {
		value = "c := " + value
	}
	g.line("\nfunc config(c jargo.Config) engine.Config {")
	g.line("switch %s {", value)
	for _, k := range kinds {
		g.line("case jargo.%s:", k.Type)
		g.kind(k)
	}
	g.line("}")
	g.line("return engine.Config{}")
	g.line("}")
}

// kind writes what becomes of a value c of one kind. Its unknown fields are
// looked at by reflection: their types may be any.
func (g *generator) kind(k kind) {
	if !k.Known {
		g.line("return engine.Config{Unknown: []string{%q}}", "jargo."+k.Type)
		return
	}
	config := "Kind: engine." + k.Type
	for _, name := range k.Settings {
		config += ",\n" + name + ": c." + name
	}
	if len(k.Settings) > 0 {
		config = "\n" + config + ",\n"
	}
	config = "engine.Config{" + config + "}"
	if len(k.Unknown) == 0 {
		g.line("return %s", config)
		return
	}
	g.line("config := %s", config)
	for _, name := range k.Unknown {
		g.line("if !reflect.ValueOf(&c.%s).Elem().IsZero() {", name)
		g.line("config.Unknown = append(config.Unknown, %q)", "jargo."+k.Type+"."+name)
		g.line("}")
	}
	g.line("return config")
}

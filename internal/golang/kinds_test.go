package golang

import (
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/site"
)

// importJargo reads the types of this module's own package jargo.
func importJargo(t *testing.T) *types.Package {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tool, err := newGoTool(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	packages, err := tool.list(t.Context(), []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := newImporter(packages).Import(jargoPath)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// TestKindsOfOwn checks that the engine knows each kind and each setting of the
// package jargo that it comes with, and that the model has the same.
func TestKindsOfOwn(t *testing.T) {
	kinds, err := kindsOf(importJargo(t), engineConfig)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Type)
		if len(k.Unknown) > 0 {
			t.Errorf("the engine does not know %v of jargo.%s", k.Unknown, k.Type)
		}
		var model []string
		for _, s := range site.Settings {
			if s.Go != "" && s.Of(site.Kind(strings.ToLower(k.Type))) {
				model = append(model, s.Go)
			}
		}
		if !slices.Equal(slices.Sorted(slices.Values(model)), slices.Sorted(slices.Values(k.Settings))) {
			t.Errorf("jargo.%s can set %v, but the model has %v", k.Type, k.Settings, model)
		}
	}
	if !slices.Equal(names, engineKinds) {
		t.Errorf("the kinds of package jargo are %v", names)
	}
}

// TestKindsOfOtherEngine has an engine that lacks a setting, has another by a
// type of its own, and one that no page may set: a setting is passed on where
// both sides have it alike.
func TestKindsOfOtherEngine(t *testing.T) {
	type config struct {
		Kind        engine.Kind
		Unknown     []string
		Every       time.Duration
		MaxDuration time.Duration
		Memory      string
		Regions     []string
		Later       bool
	}
	kinds, err := kindsOf(importJargo(t), reflect.TypeFor[config]())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{}, {"MaxDuration", "Regions"}, {"Every", "MaxDuration", "Regions"}} {
		k := kinds[i]
		if !k.Known || !slices.Equal(k.Settings, want) || len(want) > 0 && !slices.Contains(k.Unknown, "Memory") {
			t.Errorf("want the settings %v of %+v", want, k)
		}
	}
}

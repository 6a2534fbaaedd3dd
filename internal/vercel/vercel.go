// Package vercel reads vercel.json and makes the routes of it that the vendor's
// own build does.
//
// These properties have an effect: cleanUrls, crons, functions, headers, images,
// redirects, regions, rewrites and trailingSlash. Those in silent are for the
// vendor's dashboard and build alone, and those in Ignored could be missed.
package vercel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
)

// File is the file's name, in the project's root.
const File = "vercel.json"

// Config is what vercel.json says; the zero Config is that of a project without
// one. It does not change once Read has made it.
type Config struct {
	Functions []FunctionRule // in the order of the file
	Regions   []string       // where functions run that name none

	// CleanUrls and TrailingSlash say what the canonical spelling of a path is;
	// nil when the file does not.
	CleanUrls, TrailingSlash *bool

	Crons  []output.Cron
	Images json.RawMessage // nil when there are none

	redirects, headers, rewrites []output.Route

	// Ignored are properties that are accepted and change nothing, though one
	// might expect them to.
	Ignored []Property
}

// FunctionRule is what the functions of some pages get.
type FunctionRule struct {
	Glob         string // of sources of pages, below the project: "pages/**"
	IncludeFiles string // a glob below the project; "" is no file
	ExcludeFiles string // of those
	MaxDuration  int    // seconds; 0 for the page's own
	Memory       int    // MB; 0 for the page's own
	Regions      []string
	At           diag.Pos
}

// Property is one of vercel.json's.
type Property struct {
	Name string
	At   diag.Pos
}

// silent are the properties that steer the vendor's dashboard and build.
var silent = []string{
	"$schema", "alias", "buildCommand", "bunVersion", "devCommand", "enableAffectedProjectsDeployments", "fluid", "framework",
	"functionFailoverRegions", "git", "github", "ignoreCommand", "installCommand", "name", "outputDirectory", "passiveRegions",
	"probes", "public", "relatedProjects", "scope", "version",
}

// loud are those that would change a site.
var loud = []string{
	"build", "builds", "bulkRedirectsPath", "customErrorPage", "env", "experimentalServices", "routes", "services", "wildcard",
}

// Read reads the vercel.json of the project in dir. What is wrong with it goes
// to diags.
func Read(dir string, diags *diag.List) (*Config, error) {
	c := &Config{}
	name := filepath.Join(dir, File)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		diags.Add(diag.Pos{File: File}, "remove it, or make it a file", "it is not a file")
		return c, nil
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", File, err)
	}
	c.parse(data, diags)
	return c, nil
}

// parse reads the text of a vercel.json.
func (c *Config) parse(data []byte, diags *diag.List) {
	root, ok := parseJSON(File, data, diags)
	if !ok {
		return
	}
	r := &reader{diags: diags}
	r.top = fields{
		"cleanUrls":     r.boolean(&c.CleanUrls),
		"crons":         func(what string, n node) { r.list(what, n, maxCrons, r.cron(c)) },
		"functions":     r.functions(&c.Functions),
		"headers":       r.rules(r.headerRule(c)),
		"images":        r.images(&c.Images),
		"redirects":     r.rules(r.redirect(c)),
		"regions":       r.texts(&c.Regions, 1000, 256),
		"rewrites":      r.rules(r.rewrite(c)),
		"trailingSlash": r.boolean(&c.TrailingSlash),
	}
	for _, name := range silent {
		r.top[name] = nil
	}
	for _, name := range loud {
		r.top[name] = func(_ string, n node) { c.Ignored = append(c.Ignored, Property{name, n.at}) }
	}
	r.object("", root, r.top)
}

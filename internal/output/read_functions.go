package output

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// readFunctions adds the functions and regenerated pages below functions/.
func (r *reader) readFunctions() error {
	real := map[string]*Function{} // by output path
	links := map[string]string{}   // output path of a linked function to that of its target
	var configs []string           // output paths with a prerender-config.json
	err := r.walk("functions", nil, func(name string, info fs.FileInfo) error {
		key := strings.TrimPrefix(name, "functions/")
		if page, ok := strings.CutSuffix(key, PrerenderSuffix); ok && !info.IsDir() {
			configs = append(configs, page)
		}
		page, ok := strings.CutSuffix(key, FunctionSuffix)
		if !ok || !info.IsDir() {
			return nil
		}
		target, err := os.Readlink(filepath.Join(r.out.Dir, filepath.FromSlash(name)))
		if err == nil {
			links[page] = strings.TrimSuffix(path.Join(path.Dir(page), filepath.ToSlash(target)), FunctionSuffix)
			return fs.SkipDir
		}
		f, err := r.function(page, name)
		real[page] = f
		if err != nil {
			return err
		}
		return fs.SkipDir
	})
	if err != nil {
		return err
	}
	functions := maps.Clone(real)
	for _, page := range slices.Sorted(maps.Keys(links)) {
		functions[page] = r.resolve(page, real, links)
	}
	for page, f := range functions {
		if f != nil {
			r.out.Entries[page] = f
		}
	}
	for _, page := range configs {
		if err := r.prerender(page, functions); err != nil {
			return err
		}
	}
	return nil
}

// function reads the .func directory name, whose output path is page. It
// returns nil when that has been reported to be unusable.
func (r *reader) function(page, name string) (*Function, error) {
	f := &Function{Name: page, Dir: filepath.Join(r.out.Dir, filepath.FromSlash(name))}
	w := struct {
		*FunctionConfig
		MaxDuration json.RawMessage `json:"maxDuration"`
		Type        string          `json:"type"`
	}{FunctionConfig: &f.Config}
	file := path.Join(name, FunctionConfigFile)
	ok, err := r.readJSON(file, "the function has no .vc-config.json", "write one, or take "+FunctionSuffix+" off the directory's name", &w)
	if !ok || err != nil {
		return nil, err
	}
	if w.Type == "EdgeFunction" {
		f.Config.Runtime = "edge"
	}
	if f.Config.Runtime == "" {
		r.list.Add(r.pos(file), "", "runtime is missing")
	}
	if f.Config.Handler == "" && f.Config.Runtime != "edge" {
		r.list.Add(r.pos(file), "", "handler is missing")
	}
	if max := string(w.MaxDuration); max == `"max"` {
		f.Config.MaxDuration = MaxDurationCap
	} else if max != "" && max != "null" {
		if json.Unmarshal(w.MaxDuration, &f.Config.MaxDuration) != nil || f.Config.MaxDuration < 1 {
			r.list.Add(r.pos(file), "", "maxDuration is %s, want whole seconds from 1, or \"max\"", max)
		}
	}
	return f, nil
}

// resolve returns the function that the link at page leads to, through other
// links if need be; nil when there is none and that has been reported.
func (r *reader) resolve(page string, real map[string]*Function, links map[string]string) *Function {
	target := links[page]
	for range len(links) {
		next, ok := links[target]
		if !ok {
			break
		}
		target = next
	}
	f, ok := real[target]
	if !ok {
		r.list.Add(r.pos("functions/"+page+FunctionSuffix), "link to a "+FunctionSuffix+" directory of this output, by a relative path",
			"this link leads to no function: there is no %q", "functions/"+target+FunctionSuffix)
	}
	return f
}

// prerender reads page's prerender-config.json and puts the regenerated page in
// the place of its function.
func (r *reader) prerender(page string, functions map[string]*Function) error {
	file := "functions/" + page + PrerenderSuffix
	f, ok := functions[page]
	if !ok {
		r.list.Add(r.pos(file), "", "there is no function beside it: no %q", path.Base(page)+FunctionSuffix)
	}
	if f != nil && f.Config.Runtime == "edge" {
		r.list.Add(r.pos(file), "", "an edge function cannot be a regenerated page")
	}
	p := &Prerender{Name: page, Function: f}
	w := struct {
		*PrerenderConfig
		Fallback json.RawMessage `json:"fallback"`
		Group    *int            `json:"group"`
	}{PrerenderConfig: &p.Config}
	if ok, err := r.readJSON(file, "not there", "", &w); !ok || err != nil {
		return err
	}
	if w.Group != nil {
		p.Config.Group = *w.Group
		if *w.Group < 1 {
			r.list.Add(r.pos(file), "", "group is %d, want a number from 1", *w.Group)
		}
	}
	r.decodeFallback(file, w.Fallback, &p.Config)
	r.checkPrerender(file, &p.Config)
	p.Fallback = r.fallback(file, &p.Config)
	if f != nil {
		r.out.Entries[page] = p
	}
	return nil
}

// decodeFallback reads the fallback property: a file name, an object or null.
func (r *reader) decodeFallback(file string, raw json.RawMessage, c *PrerenderConfig) {
	if len(raw) == 0 || json.Unmarshal(raw, &c.Fallback) == nil {
		return
	}
	var object struct {
		FSPath      string `json:"fsPath"`
		ContentType string `json:"contentType"`
	}
	if json.Unmarshal(raw, &object) != nil || object.FSPath == "" {
		r.list.Add(r.pos(file), "", "fallback is %s, want a file name", raw)
		return
	}
	c.Fallback, c.FallbackType = object.FSPath, object.ContentType
}

func (r *reader) checkPrerender(file string, c *PrerenderConfig) {
	bad := func(format string, args ...any) { r.list.Add(r.pos(file), "", format, args...) }
	seconds, isNumber := c.Expiration.(float64)
	if isNumber && (seconds < 0 || seconds != math.Trunc(seconds)) || !isNumber && c.Expiration != false {
		text, _ := json.Marshal(c.Expiration)
		bad("expiration is %s, want seconds or false", text)
	}
	if c.StaleExpiration < 0 {
		bad("staleExpiration is %d, want seconds", c.StaleExpiration)
	}
	if c.BypassToken != "" && len(c.BypassToken) < 32 {
		bad("bypassToken is shorter than 32 characters")
	}
	if c.InitialStatus != 0 && (c.InitialStatus < 200 || c.InitialStatus > 999) {
		bad("initialStatus %d is not between 200 and 999", c.InitialStatus)
	}
	check := routeCheck{list: &r.list, at: r.pos(file)}
	check.conditions("experimentalBypassFor", c.BypassFor)
}

// fallback describes the fallback's file; nil when there is none.
func (r *reader) fallback(config string, c *PrerenderConfig) *File {
	if c.Fallback == "" {
		return nil
	}
	name := path.Join(path.Dir(config), c.Fallback)
	f, err := os.Open(filepath.Join(r.out.Dir, filepath.FromSlash(name)))
	if err != nil {
		r.list.Add(r.pos(config), "", "fallback %q cannot be read: %v", c.Fallback, plain(err))
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		r.list.Add(r.pos(config), "", "fallback %q is not a file", c.Fallback)
		return nil
	}
	file := r.file(name, c.Fallback, info)
	if c.FallbackType != "" {
		file.ContentType = c.FallbackType
	}
	return file
}

// plain is err without the operation and the path it carries.
func plain(err error) error {
	if e, ok := err.(*os.PathError); ok {
		return e.Err
	}
	return fmt.Errorf("%w", err)
}

// Package sitefile has the functions of templates that tell of their site, as package
// jargo has for pages, of which a site need not have any version: it reads what a build
// says of a site to its pages.
//
// It is linked into sites and imports the standard library only.
package sitefile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// variable is set while a site is built: to the name of the file that says what it has.
// A function has it beside its program.
const variable = "JARGO_SITE"

// site is what the file says.
type site struct {
	Assets map[string]string `json:"assets"`
	Routes []string          `json:"routes"` // missing while pages are loaded
}

// cache is the last file that was read and says all.
var cache struct {
	sync.Mutex
	file string
	site *site
}

// read reads the file. There is none in a test.
func read() *site {
	file := os.Getenv(variable)
	if dir := os.Getenv("JARGO_FUNCTION_DIR"); file == "" && dir != "" {
		file = filepath.Join(dir, "jargo.json")
	} else if program, err := os.Executable(); file == "" && err == nil {
		file = filepath.Join(filepath.Dir(program), "jargo.json")
	}
	cache.Lock()
	defer cache.Unlock()
	if cache.site != nil && cache.file == file {
		return cache.site
	}
	s := new(site)
	if data, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(data, s) // another version may say nothing
	}
	if s.Routes != nil {
		cache.file, cache.site = file, s
	}
	return s
}

// Routes are the paths of the site's pages, as of jargo.Routes.
func Routes() []string { return append([]string(nil), read().Routes...) }

// Asset is the URL of a public file, as of jargo.Asset. It is an error to ask for one that
// there is not, while the site is built or developed.
func Asset(name string) (string, error) {
	assets, building := read().Assets, os.Getenv(variable)
	url, found := assets[name]
	if found && building != "" {
		return url, ask(building, name)
	}
	if found {
		return url, nil
	}
	if assets != nil && (building != "" || os.Getenv("JARGO_DEV") != "") {
		return "", fmt.Errorf("there is no file public/%s", strings.TrimPrefix(name, "/"))
	}
	return name, nil
}

// asked are the assets that the build has been told of, each with the name of its file.
var asked sync.Map

// ask tells the build that an asset is asked for, by a line of a file.
func ask(file, name string) error {
	if _, again := asked.LoadOrStore(file+"\n"+name, true); again {
		return nil
	}
	f, err := os.OpenFile(file+".asked", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("tell the build: %w", err)
	}
	if _, err := f.WriteString(name + "\n"); err != nil {
		f.Close()
		return fmt.Errorf("tell the build: %w", err)
	}
	return f.Close()
}

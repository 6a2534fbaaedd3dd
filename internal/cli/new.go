package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/tools/txtar"
)

// newSite is the files of a new site.
//
//go:embed new.txtar
var newSite []byte

const (
	jargoModule = "github.com/jargo-dev/jargo"
	// goVersion is the language version of a new site: the oldest that package
	// jargo supports, as in its own go.mod.
	goVersion = "1.26.0"
)

func newNew() *cobra.Command {
	return &cobra.Command{
		Use:   "new DIR",
		Short: "Start a site that builds, tests and serves at once",
		Args:  cobra.ExactArgs(1),
		RunE: run(func(cmd *cobra.Command, dir string) error {
			if err := writeSite(dir); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is a new site. Next:\n\n    cd %s\n    go test ./...\n    jargo dev\n", dir, dir)
			return nil
		}),
	}
}

// writeSite writes a new site into dir, which must not exist or be empty.
func writeSite(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	goMod, err := siteModule(filepath.Base(abs))
	if err != nil {
		return err
	}
	files := append(txtar.Parse(newSite).Files, txtar.File{Name: "go.mod", Data: goMod})
	for _, f := range files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// siteModule makes the go.mod of a new site. A jargo that was built from a
// checkout is not published, so the site uses the checkout.
func siteModule(name string) ([]byte, error) {
	// A name without a dot may be the Go tool's or the standard library's own.
	if module.CheckPath("example.com/"+name) != nil || slices.Contains([]string{"cmd", "go", "internal", "std", "vendor"}, name) {
		name = "mysite"
	}
	f := new(modfile.File)
	if err := f.AddModuleStmt(name); err != nil {
		return nil, err
	}
	if err := f.AddGoStmt(goVersion); err != nil {
		return nil, err
	}
	required := version()
	checkout := checkoutDir()
	if checkout != "" {
		required = "v0.0.0"
		if err := f.AddReplace(jargoModule, "", checkout, ""); err != nil {
			return nil, err
		}
	}
	if err := f.AddRequire(jargoModule, required); err != nil {
		return nil, err
	}
	return f.Format()
}

// checkoutDir is the directory of the Jargo checkout that this program was
// compiled from, or "" when it came from a published module or the checkout is
// gone.
func checkoutDir() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) || strings.Contains(file, "@") {
		return ""
	}
	dir := filepath.Join(filepath.Dir(file), "..", "..")
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || modfile.ModulePath(data) != jargoModule {
		return ""
	}
	return dir
}

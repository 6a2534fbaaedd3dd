package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/internal/output"
)

// checkReplaceable reports why a build of project must not put its output at
// out: what is there is replaced as a whole, so it must be an earlier
// output, or one that the vendor's command has begun, and no part of what is built.
func checkReplaceable(project, out string) error {
	if within(project, out) {
		return fmt.Errorf("%s holds the project, and building would replace all of it: choose another directory", out)
	}
	for _, source := range []string{"pages", "public"} {
		if within(out, filepath.Join(project, source)) {
			return fmt.Errorf("%s is in the site's %s/, which is built into it: choose another directory", out, source)
		}
	}
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(entries, foreign) || !output.Is(out) && !output.IsBegun(out) {
		return fmt.Errorf("%s is not a build output, and building would replace all of it: remove it or choose another directory", out)
	}
	return nil
}

// foreign reports whether a file does not belong to the format.
func foreign(e fs.DirEntry) bool {
	if e.Name() == output.ConfigFile {
		return !e.Type().IsRegular()
	}
	return !slices.Contains([]string{"static", "functions", "services", "immutable.json",
		output.BuildsFile, "flags.json", "diagnostics"}, e.Name())
}

// keepRecord puts the record of the vendor's command, which has begun an output at out
// and does not write it again, into the one that takes its place: it says for which
// target the output is, and deploying it to another is then refused. That of an
// output that is complete, or has failed, is about another build.
func keepRecord(stage, out string) error {
	if _, err := os.Lstat(filepath.Join(out, output.ConfigFile)); err == nil || !output.IsBegun(out) {
		return nil
	}
	_, err := output.CopyFile(filepath.Join(out, output.BuildsFile), filepath.Join(stage, output.BuildsFile), 0o644)
	return err
}

// within reports whether file is dir or below it.
func within(file, dir string) bool {
	rel, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(rel)
}

// swap puts the finished directory stage in the place of out. Where the system
// can exchange two names at once, there is an output at out at all times;
// elsewhere the old one is moved away first and comes back if the move fails.
func swap(stage, out string) error {
	switch err := exchange(stage, out); {
	case err == nil:
		return nil // the old output is now at stage, which the caller removes
	case errors.Is(err, fs.ErrNotExist):
		return os.Rename(stage, out)
	}
	return swapByRenaming(stage, out)
}

// swapByRenaming is swap in two steps.
func swapByRenaming(stage, out string) error {
	old := stage + ".old"
	if err := os.Rename(out, old); err != nil {
		return err
	}
	if err := os.Rename(stage, out); err != nil {
		return errors.Join(err, os.Rename(old, out))
	}
	return os.RemoveAll(old)
}

package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
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
	return checkWritten(project, out)
}

// checkWritten reports files that functions have written into the output at out, or
// into a copy of it that is or was served: they would be lost.
func checkWritten(project, out string) error {
	copies, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(out)), scratch.Prefix+"*", escapeGlob(filepath.Base(out))))
	if err != nil {
		return err
	}
	var diags diag.List
	for _, dir := range append(copies, out) {
		written, err := output.Written(dir)
		if err != nil && dir == out {
			return fmt.Errorf("look for what functions have written: %w", err)
		}
		for _, name := range written {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if rel, err := filepath.Rel(project, file); err == nil && filepath.IsLocal(rel) {
				file = rel
			}
			diags.Add(diag.Pos{File: filepath.ToSlash(file)},
				"move it out of there, or delete it. The directory of a function is part of an output, which is replaced as a whole,\n"+
					"and cannot be written on the platform: keep data at a path from the environment, outside of .vercel/output",
				"a page has written this while it was served, and it would be lost with the output")
		}
	}
	return diags.Err()
}

// foreign reports whether a file does not belong to the format.
func foreign(e fs.DirEntry) bool {
	if e.Name() == output.ConfigFile {
		return !e.Type().IsRegular()
	}
	return !slices.Contains([]string{"static", "functions", "services", "immutable.json",
		output.BuildsFile, output.RecordFile, "flags.json", "diagnostics"}, e.Name())
}

// keepBuilds puts what the vendor's command says of its build, which has begun an output
// at out and does not say it again, into the one that takes its place: it says for which
// target the output is, and deploying it to another is then refused. That of an
// output that is complete, or has failed, is about another build.
func keepBuilds(stage, out string) error {
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

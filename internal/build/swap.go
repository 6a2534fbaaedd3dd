package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/output"
)

// checkReplaceable reports why a build must not put its output at out: what
// stands there is replaced as a whole, so it must be an earlier output.
func checkReplaceable(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var config struct{ Version int }
	data, err := os.ReadFile(filepath.Join(out, "config.json"))
	if err != nil || json.Unmarshal(data, &config) != nil || config.Version != output.Version {
		return fmt.Errorf("%s is not a build output, and building would replace all of it: remove it or choose another directory", out)
	}
	return nil
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
	old := stage + ".old"
	if err := os.Rename(out, old); err != nil {
		return err
	}
	if err := os.Rename(stage, out); err != nil {
		return errors.Join(err, os.Rename(old, out))
	}
	return os.RemoveAll(old)
}

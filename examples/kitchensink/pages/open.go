package pages

import (
	"context"
	"io"
	"os"

	"github.com/jargo-dev/jargo"
)

// Open gives each process of the function a directory for temporary files, which
// goes when it ends.
func Open(context.Context) (io.Closer, error) {
	if jargo.Building() {
		return nil, nil // no page needs one
	}
	dir, err := os.MkdirTemp("", "kitchensink-")
	if err != nil {
		return nil, err
	}
	return directory(dir), os.Setenv("TMPDIR", dir)
}

type directory string

func (d directory) Close() error { return os.RemoveAll(string(d)) }

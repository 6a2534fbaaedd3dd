//go:build !linux

package build

import (
	"errors"
	"os"
)

// exchange is not available here.
func exchange(_, b string) error {
	if _, err := os.Lstat(b); err != nil {
		return err
	}
	return errors.ErrUnsupported
}

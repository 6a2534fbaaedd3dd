//go:build !unix

package golang

import (
	"errors"
	"fmt"
	"time"
)

// changeTime fails where the system does not tell: the Go tool then compiles the pages.
func changeTime(name string) (time.Time, error) {
	return time.Time{}, fmt.Errorf("%s: when it was changed: %w", name, errors.ErrUnsupported)
}

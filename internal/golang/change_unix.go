//go:build unix

package golang

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// changeTime is when a file or a directory was changed.
func changeTime(name string) (time.Time, error) {
	var stat unix.Stat_t
	if err := unix.Stat(name, &stat); err != nil {
		return time.Time{}, fmt.Errorf("stat %s: %w", name, err)
	}
	return time.Unix(stat.Ctim.Unix()), nil
}

//go:build unix

package host

import (
	"io/fs"
	"math"
	"syscall"
)

// openFilesLimit is how many files and connections this process may have open.
func openFilesLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(limit.Cur)
}

// fileNumber is what the system calls a file, comparable with ==.
func fileNumber(info fs.FileInfo) any {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]uint64{uint64(s.Dev), s.Ino}
	}
	return nil
}

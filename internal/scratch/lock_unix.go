//go:build unix

package scratch

import (
	"os"
	"syscall"
)

// tryLock locks f until it is closed, or the process ends in whatever way. The
// error says that another process has it.
func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

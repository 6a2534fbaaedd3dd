//go:build unix

package lock

import (
	"errors"
	"os"
	"syscall"
)

// Try locks f until it is closed, or the process ends. It does not wait: the
// error is ErrHeld when somebody else has the lock, and another one where files
// cannot be locked, as on some network file systems.
func Try(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrHeld
		}
		return os.NewSyscallError("flock", err)
	}
}

//go:build go1.21 && unix

package engine

import (
	"io/fs"
	"os"
	"syscall"
)

// OpenFile is os.OpenFile for regular files. That asks the system of each file it opens
// whether one can wait for it, which takes longer than to open it, write it and close it.
func OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	for {
		fd, err := syscall.Open(name, flag|syscall.O_CLOEXEC, uint32(perm.Perm()))
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), name), nil
		case syscall.EINTR:
		default:
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

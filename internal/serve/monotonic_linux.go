package serve

import (
	"fmt"
	"syscall"
	"unsafe"
)

// monotonic says the time since the system started, by which a supervisor tells a reload
// that it asked for from one before.
func monotonic() string {
	const clockMonotonic = 1
	var now syscall.Timespec
	// It cannot fail: the clock is there and the address is ours.
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return fmt.Sprint("MONOTONIC_USEC=", now.Nano()/1000)
}

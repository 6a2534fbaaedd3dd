//go:build unix

package serve

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyReload sends to c when the process is told to look for a new output.
func notifyReload(c chan<- os.Signal) { signal.Notify(c, syscall.SIGHUP) }

//go:build unix

package serve

import (
	"os"
	"os/signal"
	"syscall"
)

// NotifyReload sends to c when the process is told to look for a new output.
func NotifyReload(c chan<- os.Signal) { signal.Notify(c, syscall.SIGHUP) }

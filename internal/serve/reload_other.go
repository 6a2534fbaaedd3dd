//go:build !unix

package serve

import "os"

// NotifyReload does nothing on a system without such a signal.
func NotifyReload(chan<- os.Signal) {}

//go:build !unix

package serve

import "os"

// notifyReload does nothing on a system without such a signal.
func notifyReload(chan<- os.Signal) {}

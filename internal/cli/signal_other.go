//go:build !unix

package cli

import "os"

// notifyReload does nothing on a system without such a signal.
func notifyReload(chan<- os.Signal) {}

//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// notifyReload does nothing on a system without such a signal.
func notifyReload(chan<- os.Signal) {}

// setGroup does nothing on a system without groups of processes.
func setGroup(*exec.Cmd) {}

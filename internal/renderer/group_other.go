//go:build !unix

package renderer

import (
	"os/exec"
	"syscall"
)

// OwnGroup does nothing: the system has no process groups.
func OwnGroup(*exec.Cmd) {}

// EndGroup ends the process.
func EndGroup(cmd *exec.Cmd, _ syscall.Signal) error { return cmd.Process.Kill() }

//go:build !unix

package python

import (
	"os/exec"
	"syscall"
)

func ownGroup(*exec.Cmd) {}

func endGroup(cmd *exec.Cmd, _ syscall.Signal) error { return cmd.Process.Kill() }

//go:build unix

package python

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process in a group of its own, with what it will start. A
// terminal's Ctrl-C then reaches this program only, which ends the group.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func endGroup(cmd *exec.Cmd, sig syscall.Signal) error { return syscall.Kill(-cmd.Process.Pid, sig) }

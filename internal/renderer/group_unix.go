//go:build unix

package renderer

import (
	"os/exec"
	"syscall"
)

// OwnGroup puts the process that cmd will start in a group of its own, with what
// it will start itself. A terminal's Ctrl-C then reaches this program only, which
// ends the group.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// EndGroup sends a signal to the process and to all in its group.
func EndGroup(cmd *exec.Cmd, sig syscall.Signal) error { return syscall.Kill(-cmd.Process.Pid, sig) }

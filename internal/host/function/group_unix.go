//go:build unix

package function

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process in a group of its own: a terminal's Ctrl-C then
// reaches the host only, which lets running requests finish, and the host can
// end the process's children with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd, sig syscall.Signal) { syscall.Kill(-cmd.Process.Pid, sig) }

//go:build unix

package function

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process in a process group of its own: Ctrl-C then reaches the host
// only, which lets requests finish, and the host can kill the process's children too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd, sig syscall.Signal) { syscall.Kill(-cmd.Process.Pid, sig) }

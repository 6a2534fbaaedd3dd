//go:build unix

package supervisor

import (
	"os/exec"
	"syscall"
)

// setGroup keeps the signals of this process's terminal from cmd.
func setGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

//go:build unix

package cli

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// notifyReload sends to c when the command is told to look for a new output.
func notifyReload(c chan<- os.Signal) { signal.Notify(c, syscall.SIGHUP) }

// setGroup keeps the signals of this process's terminal from cmd.
func setGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

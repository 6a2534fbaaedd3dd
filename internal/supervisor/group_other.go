//go:build !unix

package supervisor

import "os/exec"

// setGroup does nothing on a system without groups of processes.
func setGroup(*exec.Cmd) {}

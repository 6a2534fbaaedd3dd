//go:build !unix

package function

import (
	"os/exec"
	"syscall"
)

func ownGroup(*exec.Cmd) {}

func killGroup(*exec.Cmd, syscall.Signal) {}

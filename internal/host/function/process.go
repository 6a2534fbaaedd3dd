package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// command is how a function's process is started.
type command struct {
	path string
	args []string
}

// process is a running process of a function. Its output goes to the log.
type process struct {
	log     *slog.Logger
	output  *outputLog
	cmd     *exec.Cmd
	up      atomic.Bool   // it was ready
	asked   atomic.Bool   // it was told to end
	exited  chan struct{} // closed when it has exited
	exitErr error         // set once exited is closed, never nil
}

func startProcess(out *outputLog, c command, dir string, env []string) (*process, error) {
	log := out.log
	p := &process{log: log, output: out, cmd: exec.Command(c.path, c.args...), exited: make(chan struct{})}
	stdout, stderr := newStream(out, "stdout"), newStream(out, "stderr")
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, stdout, stderr
	p.cmd.WaitDelay = time.Second // for pipes that its children keep open
	ownGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	log.Debug("function started", "pid", p.cmd.Process.Pid)
	go func() {
		p.exitErr = p.cmd.Wait()
		if p.exitErr == nil {
			p.exitErr = errors.New("exit status 0")
		}
		stdout.close()
		stderr.close()
		out.flush()
		killGroup(p.cmd, syscall.SIGKILL) // children that it left behind
		if state := p.cmd.ProcessState.String(); p.up.Load() && !p.asked.Load() {
			log.Error("function ended by itself", "pid", p.cmd.Process.Pid, "state", state)
		} else {
			log.Debug("function ended", "pid", p.cmd.Process.Pid, "state", state)
		}
		close(p.exited)
	}()
	return p, nil
}

// dead reports whether the process has exited.
func (p *process) dead() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// stop stops the process: with SIGTERM, and SIGKILL once ctx is done.
func (p *process) stop(ctx context.Context) {
	p.asked.Store(true)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.kill() // a system without signals
		return
	}
	select {
	case <-p.exited:
		return
	case <-ctx.Done():
	}
	p.log.Warn("function does not stop, killing it", "pid", p.cmd.Process.Pid)
	p.kill()
}

// kill kills the process and waits for it.
func (p *process) kill() {
	p.asked.Store(true)
	killGroup(p.cmd, syscall.SIGKILL)
	p.cmd.Process.Signal(os.Kill)
	<-p.exited
}

// wasKilled reports whether err is from a process that was killed by a signal, which
// need not be its own fault.
func wasKilled(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && !exit.Exited()
}

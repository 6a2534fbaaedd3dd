package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// command is how a function's process is started.
type command struct {
	path    string
	args    []string
	handler string // of a Python function, which a spare may become; "" for others
	state   string // Options.PythonState
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

// childrenMayWrite is for how long children of a process that has exited may keep its
// pipes open.
const childrenMayWrite = time.Second

func startProcess(out *outputLog, c command, dir string, env []string) (*process, error) {
	cmd, stdout, stderr := exec.Command(c.path, c.args...), newStream(out, "stdout"), newStream(out, "stderr")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, stdout, stderr
	cmd.WaitDelay = childrenMayWrite
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return watchProcess(out, cmd, func() error {
		err := cmd.Wait()
		stdout.close()
		stderr.close()
		return err
	}), nil
}

// adoptProcess makes a process of one that was started with these pipes.
func adoptProcess(out *outputLog, cmd *exec.Cmd, pipes ...*os.File) *process {
	var copied sync.WaitGroup
	for i, pipe := range pipes {
		stream := newStream(out, []string{"stdout", "stderr"}[i])
		copied.Go(func() {
			_, _ = io.Copy(stream, pipe)
			stream.close()
		})
	}
	closePipes := func() {
		for _, pipe := range pipes {
			pipe.Close()
		}
	}
	return watchProcess(out, cmd, func() error {
		defer closePipes()
		err := cmd.Wait()
		defer time.AfterFunc(childrenMayWrite, closePipes).Stop()
		copied.Wait()
		return err
	})
}

// watchProcess makes a process of a program that runs. wait waits for its end and that of
// its output.
func watchProcess(out *outputLog, cmd *exec.Cmd, wait func() error) *process {
	log := out.log
	p := &process{log: log, output: out, cmd: cmd, exited: make(chan struct{})}
	log.Debug("function started", "pid", cmd.Process.Pid)
	go func() {
		p.exitErr = wait()
		if p.exitErr == nil {
			p.exitErr = errors.New("exit status 0")
		}
		out.flush()
		killGroup(p.cmd, syscall.SIGKILL) // children that it left behind
		if state := p.cmd.ProcessState.String(); p.up.Load() && !p.asked.Load() {
			log.Error("function ended by itself", "pid", p.cmd.Process.Pid, "state", state)
		} else {
			log.Debug("function ended", "pid", p.cmd.Process.Pid, "state", state)
		}
		close(p.exited)
	}()
	return p
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

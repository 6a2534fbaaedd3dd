// Package supervisor runs the program that a site is with its host, and starts it again when
// it ends by itself: a page can end it. Meanwhile connections wait.
package supervisor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/pack"
	"github.com/jargo-dev/jargo/internal/program"
	"github.com/jargo-dev/jargo/internal/scratch"
	"github.com/jargo-dev/jargo/internal/serve"
)

// Supervisor serves a site by its own program. All fields are needed but Relay.
type Supervisor struct {
	Dir     *scratch.Dir       // has the program as ProgramFile, and goes when Run returns
	Told    program.Supervised // without what is known only when it is started: Sockets, ID
	Sockets *serve.Sockets
	Stdout  io.Writer // gets the line that says where the site is
	Stderr  *os.File  // gets the program's log, and why it does not start
	Log     *slog.Logger
	// Relay gets the records of the program's log, which is told to write JSON; nil where
	// that goes to Stderr as it is.
	Relay slog.Handler
}

// ProgramFile is the program in the directory of a Supervisor.
const ProgramFile = "program"

// siteDir is a directory there that looks like an output whose function is the program, so
// that what that writes is known. It has the name by which a build looks for copies of
// the output.
func (s *Supervisor) siteDir() string { return filepath.Join(s.Dir.Path, filepath.Base(s.Told.Output)) }

func (s *Supervisor) functionDir() string {
	return filepath.Join(s.siteDir(), "functions", "site"+output.FunctionSuffix)
}

// prepare puts the files of the function where the program works.
func (s *Supervisor) prepare() error {
	out, err := output.Read(s.Told.Output)
	if err != nil {
		return err
	}
	if s.Told.ID, err = out.ID(); err != nil {
		return err
	}
	files, err := pack.FunctionFiles(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.functionDir(), 0o755); err != nil {
		return err
	}
	for name, file := range files {
		to := filepath.Join(s.functionDir(), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		// A copy: what a page writes into a link would be written into the output.
		if _, err := output.CopyFile(file, to, 0o644); err != nil {
			return err
		}
	}
	return output.WriteRecord(s.siteDir(), func(string) bool { return true })
}

// remove removes the directory, unless pages have written into it.
func (s *Supervisor) remove() {
	written, err := s.Dir.RemoveUnless(func() ([]string, error) { return output.Written(s.siteDir()) })
	if len(written) > 0 {
		s.Log.Warn("functions have written into their directories, which are kept until that is moved elsewhere", "directory", s.siteDir(), "files", written)
	}
	if err != nil {
		s.Log.Warn("the directory of the program is not removed", "directory", s.Dir.Path, "error", err)
	}
}

// Pauses before a program that ended by itself is started again: at first there is none.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 30 * time.Second
	settled    = 10 * time.Second // after which an end is the first one
)

// Run serves until ctx is done. The error is that of the first start.
func (s *Supervisor) Run(ctx context.Context) error {
	defer s.remove()
	if err := s.prepare(); err != nil {
		return err
	}
	defer s.Sockets.StoppingAfter(ctx)()
	pause := time.Duration(0)
	for first := true; ; first = false {
		began := time.Now()
		ready, err := s.start(ctx, first)
		switch {
		case ctx.Err() != nil:
			if ready && err != nil {
				s.Log.Error("the site ended by itself before its requests had", "state", fmt.Sprint(err))
			}
			return nil
		case first && !ready:
			return errors.Join(errors.New("the site does not start"), err)
		case ready:
			if time.Since(began) >= settled {
				pause = 0
			}
			s.Log.Error("the site ended by itself and is started again: a page must not end the process", "state", fmt.Sprint(err), "after", time.Since(began).Round(time.Millisecond), "pause", pause)
		default:
			pause = max(pause, firstPause)
			s.Log.Error("the site does not start again", "state", fmt.Sprint(err), "pause", pause)
		}
		select {
		case <-time.After(pause):
			pause = min(max(2*pause, firstPause), maxPause)
		case <-ctx.Done():
			return nil
		}
	}
}

// start starts the program and waits for its end, reporting whether it was ready. It is
// told to end when ctx is done.
func (s *Supervisor) start(ctx context.Context, first bool) (ready bool, err error) {
	cmd, p, err := s.command()
	if err != nil {
		return false, err
	}
	defer p.close()
	said := host.NewOutput(s.Log)
	stdout := said.Stream("stdout")
	stderr := &startLog{Writer: s.Stderr, later: said.Stream("stderr")}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		return false, err
	}
	p.started()
	became := make(chan bool, 1)
	go func() {
		line, err := bufio.NewReader(p.ready).ReadString('\n')
		if err == nil {
			stderr.isReady.Store(true)
		}
		if err == nil && first {
			_, err = io.WriteString(s.Stdout, line)
			s.Sockets.Ready()
		}
		became <- err == nil
	}()
	logged := make(chan struct{})
	go func() { defer close(logged); s.relay(p.log) }()
	terminate := func() { _ = cmd.Process.Signal(syscall.SIGTERM) } // it may have ended
	defer context.AfterFunc(ctx, func() {
		s.Sockets.Close() // else visitors wait here whom the program does not accept any more
		terminate()
	})()
	defer serve.OnSecondSignal(terminate)()
	defer s.forwardReload(cmd.Process)()
	err = cmd.Wait()
	p.endSoon() // what it has started may go on, and hold the other ends
	<-logged
	stdout.Close()
	stderr.later.Close()
	return <-became, err
}

// startLog is what a program prints to standard error: as it is until it is ready, since it
// says why the program does not start, and then what pages print.
type startLog struct {
	io.Writer
	isReady atomic.Bool
	later   io.WriteCloser
}

// Write implements io.Writer.
func (l *startLog) Write(p []byte) (int, error) {
	if l.isReady.Load() {
		return l.later.Write(p)
	}
	return l.Writer.Write(p)
}

// forwardReload passes on that there is a new output, until stop is called.
func (s *Supervisor) forwardReload(p *os.Process) (stop func()) {
	reload, done := make(chan os.Signal, 1), make(chan struct{})
	serve.NotifyReload(reload)
	go func() {
		for {
			select {
			case sig := <-reload:
				s.Sockets.Reloading()
				_ = p.Signal(sig) // it may have ended
				s.Sockets.Ready() // when the program goes over is not known
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(reload)
		close(done)
	}
}

package python

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// launch says how workers are started.
type launch struct {
	python   string // the program
	handler  string // the file of handlerSource
	project  string // the directory they work in
	packages string // directory of the packages of requirements.txt; "" when there is none
	log      io.Writer
}

// worker is a Python process that answers messages, one after the other. The
// messages have pipes of their own: standard input and output are the pages'.
type worker struct {
	cmd     *exec.Cmd
	out     *os.File // requests
	in      *os.File // answers
	answers *bufio.Reader
	broken  bool          // it wrote what is no answer, and was killed
	exited  chan struct{} // closed when the process is gone
}

// errStopped is returned when a worker ended although there was work.
var errStopped = errors.New("the python process stopped")

// start starts a worker. Under -B no __pycache__ appears in the project, and
// the seed makes sets iterate in the same order every time.
func (l *launch) start(ctx context.Context) (*worker, error) {
	cmd := command(ctx, syscall.SIGKILL, l.python, "-B", "-X", "utf8", l.handler, "build", l.project, l.packages)
	cmd.Dir = l.project
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0")
	cmd.Stdout, cmd.Stderr = l.log, l.log
	cmd.WaitDelay = time.Second // for what the pages started and left behind
	theirRequests, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	in, theirAnswers, err := os.Pipe()
	if err != nil {
		theirRequests.Close()
		out.Close()
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{theirRequests, theirAnswers}
	err = cmd.Start()
	theirRequests.Close()
	theirAnswers.Close()
	w := &worker{cmd: cmd, out: out, in: in, answers: bufio.NewReaderSize(in, 1<<16), exited: make(chan struct{})}
	if err != nil {
		w.closePipes()
		return nil, fmt.Errorf("start python: %w", err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		// A process that a page forked off may hold the pipe open.
		_ = in.SetReadDeadline(time.Now())
		close(w.exited)
	}()
	var hello greeting
	if err := w.receive(&hello); err != nil || hello.Python.less(oldest) {
		w.close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, errNoPython
	}
	return w, nil
}

// command is a program that sig ends, with all that it has started, when ctx is
// done.
func command(ctx context.Context, sig syscall.Signal, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	ownGroup(cmd)
	cmd.Cancel = func() error { return endGroup(cmd, sig) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// greeting is a worker's first message.
type greeting struct {
	Python version `json:"python"`
}

// errNoPython is returned for a python3 that does not run the handler.
var errNoPython = errors.New("python3 does not start")

// send writes a message.
func (w *worker) send(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(data)), uint32(len(data)))
	if _, err := w.out.Write(append(frame, data...)); err != nil {
		return errStopped
	}
	return nil
}

// maxMessage is how large an answer can be, in bytes, as handler.py knows.
const maxMessage = 64 << 20

// receive reads the next message into v. One that the handler did not write is
// the end of the worker: a page has got hold of the pipe.
func (w *worker) receive(v any) error {
	var size [4]byte
	if _, err := io.ReadFull(w.answers, size[:]); err != nil {
		return errStopped
	}
	var data bytes.Buffer // grows with what comes
	n := int64(binary.BigEndian.Uint32(size[:]))
	if n > maxMessage {
		return w.garbled()
	}
	if _, err := io.CopyN(&data, w.answers, n); err != nil {
		return errStopped
	}
	if json.Unmarshal(data.Bytes(), v) != nil {
		return w.garbled()
	}
	return nil
}

func (w *worker) garbled() error {
	w.broken = true
	_ = w.cmd.Process.Kill()
	return errStopped
}

// close ends the worker and waits for it: it exits by itself when there are no
// more requests.
func (w *worker) close() {
	w.closePipes()
	<-w.exited
}

func (w *worker) closePipes() {
	w.out.Close()
	w.in.Close()
}

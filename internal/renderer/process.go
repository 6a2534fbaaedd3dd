package renderer

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// process is a program that renders pages, running: the build's end of the
// protocol in engine/protocol.go. It must be closed.
type process struct {
	cmd    *exec.Cmd
	dir    string // where it finds the build; until it has
	conn   net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	line   []byte   // what has come of a message
	begun  *os.File // engine.BuildBegun
	hello  engine.Hello
	exited chan struct{} // closed when it is gone, and all that it has started

	used    bool // it has answered
	garbled bool // it wrote what is no message
}

// errEnded is returned for a process that has ended, or must. errTick says that
// the time has come of which the process was told by wakeAt.
var (
	errEnded = errors.New("the process ended")
	errTick  = errors.New("nothing has come")
)

// start starts a process and waits for its first message. After some time it
// asks it, with a signal, what it is doing, and ends it. The error is an *End for
// one that ended.
func start(ctx context.Context, cmd *exec.Cmd, limit time.Duration, ask syscall.Signal) (*process, error) {
	dir, err := os.MkdirTemp(socketDir(), "jargo-")
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, dir: dir, exited: make(chan struct{})}
	listener, err := p.launch(ctx)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	defer context.AfterFunc(ctx, p.kill)()
	late := time.AfterFunc(limit, func() { _ = EndGroup(cmd, ask) })
	defer time.AfterFunc(limit+time.Second, p.kill).Stop()
	err = p.greet(listener)
	e := &End{Cmd: cmd}
	if !late.Stop() {
		e.Late = limit
	} else if err == nil && ctx.Err() == nil {
		return p, nil
	}
	p.awaitEnd()
	p.close()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, e
}

// launch makes ready what the process looks for, and starts it.
func (p *process) launch(ctx context.Context) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", filepath.Join(p.dir, engine.BuildSocket))
	if err != nil {
		return nil, err
	}
	if p.begun, err = os.Create(filepath.Join(p.dir, engine.BuildBegun)); err != nil {
		listener.Close()
		return nil, err
	}
	p.cmd.Env = append(p.cmd.Env, engine.BuildDir+"="+p.dir)
	p.cmd.WaitDelay = time.Second // for what has left the group and holds on to the output
	OwnGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		listener.Close()
		p.begun.Close()
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in cmd.ProcessState
		_ = EndGroup(p.cmd, syscall.SIGKILL)
		listener.Close() // it will not connect any more
		close(p.exited)
	}()
	return listener, nil
}

// greet waits for the process to connect and to say hello.
func (p *process) greet(listener net.Listener) error {
	defer listener.Close()
	var err error
	if p.conn, err = listener.Accept(); err != nil {
		return err
	}
	p.in, p.out = bufio.NewReaderSize(p.conn, 1<<16), bufio.NewWriterSize(p.conn, 1<<16)
	if err := p.receive(&p.hello); err != nil {
		return err
	}
	// Both have opened what is in it: nothing is left when they are killed.
	_ = os.RemoveAll(p.dir)
	return nil
}

// maxSocketDir is how long a directory may be, in bytes, for the name of a
// socket below it to fit into a socket address.
const maxSocketDir = 70

// socketDir is where the directory with the socket is made: the temporary
// directory, as "", unless its name is too long.
func socketDir() string {
	if len(os.TempDir()) > maxSocketDir {
		return "/tmp"
	}
	return ""
}

// send writes a job. It is sent off by the next receive that has to wait. That
// the process has ended shows when it does not answer.
func (p *process) send(job engine.Job) {
	data, err := json.Marshal(job)
	if err != nil { // there is nothing in a Job that cannot be encoded
		panic("internal error: encode a job: " + err.Error())
	}
	_, _ = p.out.Write(append(data, '\n'))
}

// pending reports whether something has come that receive would not wait for.
func (p *process) pending() bool { return p.in.Buffered() > 0 }

// receive reads the next message into v. One that the program did not write is
// the end of the process: a page has got hold of the connection.
func (p *process) receive(v any) error {
	if !p.pending() && errors.Is(p.out.Flush(), os.ErrDeadlineExceeded) {
		p.kill() // it has not read for so long that it hangs, and what it missed it will never do
	}
	for {
		part, err := p.in.ReadSlice('\n')
		p.line = append(p.line, part...)
		switch {
		case err == nil:
			err := json.Unmarshal(p.line, v)
			p.line = p.line[:0]
			if err != nil {
				p.reject()
				return errEnded
			}
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded) && !p.gone():
			return errTick
		case !errors.Is(err, bufio.ErrBufferFull):
			return errEnded
		}
	}
}

// reject ends a process that wrote what makes no sense.
func (p *process) reject() {
	p.garbled = true
	p.kill()
}

// wakeAt makes receive return errTick at a time; and end a process that by
// another has not read its jobs.
func (p *process) wakeAt(tick, read time.Time) {
	_ = p.conn.SetReadDeadline(tick)
	_ = p.conn.SetWriteDeadline(read)
}

// underWay lists the IDs of the jobs that the process has begun last: each of
// its workers one, which may be answered.
func (p *process) underWay() []int {
	data := make([]byte, 8*p.hello.AtOnce)
	n, _ := p.begun.ReadAt(data, 0)
	var ids []int
	for ; n >= 8; n -= 8 {
		ids = append(ids, int(binary.LittleEndian.Uint64(data[n-8:])))
	}
	return ids
}

// gone reports whether the process has ended.
func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// kill ends the process and all that it has started.
func (p *process) kill() {
	if !p.gone() {
		_ = EndGroup(p.cmd, syscall.SIGKILL)
	}
}

// awaitEnd waits for the end of a process that ends by itself, as it seems.
func (p *process) awaitEnd() {
	select {
	case <-p.exited:
	case <-time.After(time.Second):
		p.kill()
		<-p.exited
	}
}

// close ends the process and gives back what belongs to it.
func (p *process) close() {
	p.kill()
	<-p.exited
	if p.conn != nil {
		p.conn.Close()
	}
	p.begun.Close()
	_ = os.RemoveAll(p.dir)
}

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
	dir    string // with the socket; removed once it has connected
	conn   net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	line   []byte   // the part of a message that has come
	begun  *os.File // engine.BuildBegun
	hello  engine.Hello
	exited chan struct{} // closed when it is gone, and all that it has started

	used    bool // it has given a result
	invalid bool // it wrote something that is not a message
}

// errEnded is returned for a process that has ended, or must. errTimeout is
// returned when nothing has come by the deadline for reading.
var (
	errEnded   = errors.New("the process ended")
	errTimeout = errors.New("nothing has come")
)

// start starts a process and waits for its first message. When the limit is over
// it sends the signal ask, at which the process says where it is, and then kills
// it. The error is an *ExitError for one that ended.
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
	err = p.handshake(listener)
	e := &ExitError{Cmd: cmd}
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

// launch makes the socket and the file that the process opens, and starts it.
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
	p.cmd.WaitDelay = time.Second // for programs that have left the group and keep the output open
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

// handshake waits for the process to connect and to send Hello.
func (p *process) handshake(listener net.Listener) error {
	defer listener.Close()
	var err error
	if p.conn, err = listener.Accept(); err != nil {
		return err
	}
	p.in, p.out = bufio.NewReaderSize(p.conn, 1<<16), bufio.NewWriterSize(p.conn, 1<<16)
	if err := p.receive(&p.hello); err != nil {
		return err
	}
	// Both have opened what is in it, so nothing is left behind when they are killed.
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

// send writes a job to the buffer, which the next receive that has to wait
// flushes. An error shows there, too: no result comes.
func (p *process) send(job engine.Job) {
	data, err := json.Marshal(job)
	if err != nil { // a Job can always be encoded
		panic("internal error: encode a job: " + err.Error())
	}
	_, _ = p.out.Write(append(data, '\n'))
}

// pending reports whether receive would have something to read without waiting.
func (p *process) pending() bool { return p.in.Buffered() > 0 }

// receive reads the next message into v. Invalid JSON means that a page has
// written to the connection: the process is killed.
func (p *process) receive(v any) error {
	if !p.pending() && errors.Is(p.out.Flush(), os.ErrDeadlineExceeded) {
		p.kill() // it has not read for so long that it hangs, and the jobs it missed are lost
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
			return errTimeout
		case !errors.Is(err, bufio.ErrBufferFull):
			return errEnded
		}
	}
}

// reject kills a process that wrote something invalid.
func (p *process) reject() {
	p.invalid = true
	p.kill()
}

// setDeadlines makes receive return errTimeout at the time tick, and kill a
// process that has not read its jobs by the time read.
func (p *process) setDeadlines(tick, read time.Time) {
	_ = p.conn.SetReadDeadline(tick)
	_ = p.conn.SetWriteDeadline(read)
}

// underWay lists the IDs of the jobs that the process has begun last, one for each
// of its workers. Their results may have come.
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

// awaitEnd waits for a process that should be ending by itself.
func (p *process) awaitEnd() {
	select {
	case <-p.exited:
	case <-time.After(time.Second):
		p.kill()
		<-p.exited
	}
}

// end tells the process that there is no more to do. It closes what it has opened,
// and ends.
func (p *process) end() {
	p.conn.Close()
	p.awaitEnd()
	p.close()
}

// close kills the process and releases what belongs to it.
func (p *process) close() {
	p.kill()
	<-p.exited
	if p.conn != nil {
		p.conn.Close()
	}
	p.begun.Close()
	_ = os.RemoveAll(p.dir)
}

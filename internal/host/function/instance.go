package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// command is how a function's process is started.
type command struct {
	path string
	args []string
	env  []string // on top of the function's environment
}

// instance is one process of a function that serves HTTP and speaks IPC.
type instance struct {
	log       *slog.Logger
	cmd       *exec.Cmd
	socket    net.Listener
	transport *http.Transport
	connected atomic.Bool // a connection to it has succeeded

	ready  chan struct{} // closed when port or err is known
	once   sync.Once     // guards the closing of ready
	port   int
	err    error
	exited chan struct{} // closed when the process has ended

	mu      sync.Mutex
	running int           // requests under way
	idle    chan struct{} // closed when running falls to 0; nil unless someone waits
}

// connectStep is the pause between attempts to reach a process that has
// announced its port but does not listen yet.
const connectStep = 50 * time.Millisecond

// startInstance starts the process. It does not wait until it is ready.
func (s *server) startInstance() (*instance, error) {
	dir, err := s.set.socketDir()
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("%s/%d.sock", dir, socketCount.Add(1))
	socket, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for IPC: %w", err)
	}
	port, err := freePort()
	if err != nil {
		socket.Close()
		return nil, err
	}
	in := &instance{log: s.log, socket: socket, ready: make(chan struct{}), exited: make(chan struct{})}
	in.transport = &http.Transport{
		DialContext:         in.dial,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     time.Minute,
	}
	in.cmd = exec.Command(s.command.path, s.command.args...)
	in.cmd.Dir = s.dir
	in.cmd.Env = append(s.set.environ(s.fn, s.command.env...), "VERCEL_IPC_PATH="+path, "VERCEL_DEV_PORT="+strconv.Itoa(port))
	stdout, stderr := newLineLog(s.log, "stdout"), newLineLog(s.log, "stderr")
	in.cmd.Stdout, in.cmd.Stderr = stdout, stderr
	in.cmd.WaitDelay = time.Second // for pipes that children of the process keep open
	ownGroup(in.cmd)
	if err := in.cmd.Start(); err != nil {
		socket.Close()
		return nil, fmt.Errorf("start: %w", err)
	}
	s.log.Debug("function started", "pid", in.cmd.Process.Pid)
	go in.acceptIPC()
	go func() {
		err := in.cmd.Wait()
		stdout.flush()
		stderr.flush()
		socket.Close()
		killGroup(in.cmd, syscall.SIGKILL) // what it may have left behind
		s.log.Debug("function ended", "pid", in.cmd.Process.Pid, "state", in.cmd.ProcessState.String())
		close(in.exited)
		in.settle(0, fmt.Errorf("ended before it was ready: %w", exitError(err)))
		in.transport.CloseIdleConnections()
	}()
	return in, nil
}

// socketCount makes the names of sockets.
var socketCount atomic.Int64

// freePort returns a port that nothing listens on. VERCEL_DEV_PORT needs a
// number; what counts afterwards is the port that the function announces.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func exitError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// settle records how the start came out; only the first call counts.
func (in *instance) settle(port int, err error) {
	in.once.Do(func() {
		in.port, in.err = port, err
		close(in.ready)
	})
}

// dial connects to the process. A function may announce its port before it
// listens there, so the first connection is tried until it succeeds.
func (in *instance) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(in.port))
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			in.connected.Store(true)
			return conn, nil
		}
		if in.connected.Load() {
			return nil, err
		}
		select {
		case <-time.After(connectStep):
		case <-in.exited:
			return nil, err
		case <-ctx.Done():
			return nil, err
		}
	}
}

// dead reports whether the process has ended.
func (in *instance) dead() bool {
	select {
	case <-in.exited:
		return true
	default:
		return false
	}
}

// roundTrip hands the process one request.
func (in *instance) roundTrip(req *http.Request) (*http.Response, error) {
	in.mu.Lock()
	in.running++
	in.mu.Unlock()
	resp, err := in.transport.RoundTrip(req)
	if err != nil {
		in.done()
		return nil, err
	}
	// A body that can be written to belongs to an upgraded connection, and the
	// caller looks for it.
	b := &body{ReadCloser: resp.Body, done: sync.OnceFunc(in.done)}
	if w, ok := resp.Body.(io.Writer); ok {
		resp.Body = struct {
			*body
			io.Writer
		}{b, w}
	} else {
		resp.Body = b
	}
	return resp, nil
}

// body tells when an answer has been read.
type body struct {
	io.ReadCloser
	done func()
}

func (b *body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

func (in *instance) done() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.running--
	if in.running == 0 && in.idle != nil {
		close(in.idle)
		in.idle = nil
	}
}

// drained returns a channel that is closed when no request is under way.
func (in *instance) drained() <-chan struct{} {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.running == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if in.idle == nil {
		in.idle = make(chan struct{})
	}
	return in.idle
}

// stop ends the process: SIGTERM, and SIGKILL when ctx is done.
func (in *instance) stop(ctx context.Context) {
	in.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-in.exited:
		return
	case <-ctx.Done():
	}
	in.log.Warn("function does not end by itself, killing it", "pid", in.cmd.Process.Pid)
	killGroup(in.cmd, syscall.SIGKILL)
	in.cmd.Process.Signal(os.Kill)
	<-in.exited
}

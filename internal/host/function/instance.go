package function

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// instance is one process of a function that serves HTTP and speaks IPC.
type instance struct {
	*process
	socket    net.Listener
	logged    lines // by IPC
	conns     conns
	connected atomic.Bool // a connection has succeeded

	ready chan struct{} // closed when port or err is known
	once  sync.Once     // guards the closing of ready
	port  int
	err   error

	limit time.Duration // maxDuration
	// overdue is called when an abandoned invocation exceeds the limit.
	overdue func()

	requests sync.WaitGroup // under way

	mu sync.Mutex
	// invocations are those not known to have ended: with a timer if they have
	// been abandoned, nil otherwise.
	invocations map[string]*time.Timer
}

// connectStep is the pause between attempts to connect to a process that has
// announced its port but does not listen yet.
const connectStep = 50 * time.Millisecond

// startInstance starts a process without waiting until it is ready. The caller holds
// the lock.
func (s *server) startInstance() (*instance, error) {
	if s.dir == "" {
		dir, err := s.set.workDir(s.fn)
		if err != nil {
			return nil, err
		}
		s.dir = dir
	}
	program, err := s.command(s.dir)
	if err != nil {
		return nil, err
	}
	dir, err := s.set.tempDir()
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("%s/%d.sock", dir, socketCount.Add(1))
	socket, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for IPC: %w", err)
	}
	port, release, err := reservePort()
	if err != nil {
		socket.Close()
		return nil, err
	}
	in := &instance{socket: socket, logged: lines{to: s.output}, conns: conns{idleCount: &s.set.idle}, ready: make(chan struct{}), limit: MaxDuration(s.fn), invocations: map[string]*time.Timer{}}
	in.overdue = func() { s.retire(in) }
	in.conns.dial = in.dial
	env := s.set.environ(s.fn, "VERCEL_IPC_PATH="+path, "VERCEL_DEV_PORT="+port)
	if program.handler != "" {
		in.process = s.set.opts.Spares.begin(program, s.dir, env, s.output)
	}
	if in.process == nil {
		in.process, err = startProcess(s.output, program, s.dir, env)
	}
	if err != nil {
		socket.Close()
		release()
		return nil, err
	}
	s.set.opts.Processes.watch(in.process)
	go in.acceptIPC()
	go func() {
		<-in.ready
		release()
		if program.handler != "" {
			time.AfterFunc(Rest, func() { s.set.opts.Spares.prepare(program, env) })
		}
	}()
	go func() {
		<-in.exited
		socket.Close()
		in.setReady(0, fmt.Errorf("ended before it was ready: %w", in.exitErr))
		in.conns.close()
	}()
	return in, nil
}

// socketCount makes the names of sockets unique.
var socketCount atomic.Int64

// setReady records the outcome of the start; only the first call counts.
func (in *instance) setReady(port int, err error) {
	in.once.Do(func() {
		in.port, in.err = port, err
		in.up.Store(err == nil)
		close(in.ready)
	})
}

// dial connects to the process. A function may announce its port before it listens
// there, so the first connection is retried.
func (in *instance) dial(ctx context.Context) (net.Conn, error) {
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

// roundTrip sends the process a request, which has been counted.
func (in *instance) roundTrip(req *http.Request) (*http.Response, error) {
	id, start := req.Header.Get(invocationHeader), time.Now()
	in.mu.Lock()
	in.invocations[id] = nil
	in.mu.Unlock()
	return in.conns.roundTrip(req, func(whole bool) {
		if whole {
			in.finished(id)
		} else {
			in.abandon(id, start)
		}
		in.requests.Done()
	})
}

// finished notes the end of an invocation.
func (in *instance) finished(id string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if timer := in.invocations[id]; timer != nil {
		timer.Stop()
	}
	delete(in.invocations, id)
}

// abandon notes that nobody waits for an invocation any more. It still has a limit: a
// process that hangs must not stay in service.
func (in *instance) abandon(id string, start time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if _, ok := in.invocations[id]; ok && !in.dead() {
		in.invocations[id] = time.AfterFunc(time.Until(start.Add(in.limit)), in.overdue)
	}
}

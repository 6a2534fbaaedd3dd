package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jargo-dev/jargo/internal/output"
)

// Linked responds to a request as a http.Handler does. It is what functions that are
// linked into this program are called by; request is the id that they log with.
type Linked func(w http.ResponseWriter, r *http.Request, request string)

// linked is a function that is called in this process. It responds as one with a process
// of its own would, net/http in between.
type linked struct {
	call     Linked
	calls    chan invocation // for goroutines that wait
	closed   chan struct{}   // a call may still come then, so calls stays open
	waiting  atomic.Int64    // how many these are
	output   *outputLog
	running  sync.WaitGroup // calls, also those that nobody waits for any more
	upgrades conns          // of requests for another protocol, which take a connection
	server   *http.Server   // at the other end of these
	pipes    *pipeListener
}

func (s *Set) newLinked(f *output.Function, call Linked) *linked {
	l := &linked{call: call, calls: make(chan invocation), closed: make(chan struct{}), output: newOutputLog(s.opts.Log.With("function", "/"+f.Name)), pipes: newPipeListener()}
	// None is kept that was not taken: a pipe cannot be asked whether it is alive.
	l.upgrades = conns{dial: l.pipes.dial, idleCount: new(counter)}
	l.server = &http.Server{
		Handler:  http.HandlerFunc(l.serveUpgrade),
		ErrorLog: slog.NewLogLogger(s.opts.Log.With("function", "/"+f.Name).Handler(), slog.LevelError),
	}
	go l.server.Serve(l.pipes)
	return l
}

// RoundTrip implements Function.
func (l *linked) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if req.Header["Upgrade"] != nil {
		prepare(req)
		l.running.Add(1)
		return l.upgrades.roundTrip(req, func(bool) { l.running.Done() })
	}
	request := ""
	if ids := req.Header["X-Vercel-Id"]; len(ids) > 0 {
		request = ids[0]
	}
	asServer(req)
	w := newCallWriter(req)
	l.running.Add(1)
	l.begin(invocation{w, req, request})
	select {
	case <-w.ready:
		return w.response, w.failed
	case <-ctx.Done():
		w.abandon()
		return nil, context.Cause(ctx)
	}
}

// invocation is a call with its arguments.
type invocation struct {
	w       *callWriter
	req     *http.Request
	request string
}

// maxWaiting bounds the goroutines that wait for a call.
const maxWaiting = 64

// begin has a goroutine make a call: one that has made another, if there is one, since its
// stack has grown to what pages need.
func (l *linked) begin(i invocation) {
	select {
	case l.calls <- i:
	default:
		go l.work(i)
	}
}

// work makes a call, and then others.
func (l *linked) work(i invocation) {
	for {
		l.serve(i.w, i.req, i.request)
		if l.waiting.Add(1) > maxWaiting {
			l.waiting.Add(-1)
			return
		}
		select {
		case i = <-l.calls:
			l.waiting.Add(-1)
		case <-l.closed:
			return
		}
	}
}

// serve calls the function. What it panics with is no reason to end the program.
func (l *linked) serve(w *callWriter, req *http.Request, request string) {
	defer l.running.Done()
	returned := false
	defer func() {
		if returned {
			return
		}
		if p := recover(); p != http.ErrAbortHandler && p != nil {
			l.output.write(fmt.Sprintf("panic: %v\n%s", p, debug.Stack()), 0, origin{level: "error", request: request})
		}
		w.abort()
	}()
	l.call(w, req, request)
	returned = true
	w.finish()
}

func (l *linked) serveUpgrade(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(invocationHeader)
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Vercel-Internal-") {
			delete(r.Header, name)
		}
	}
	l.call(w, r, requestOf(id))
}

// Close implements Function. A call cannot be ended by force.
func (l *linked) Close(ctx context.Context) {
	ended := make(chan struct{})
	go func() { l.running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	close(l.closed)
	l.upgrades.close()
	l.server.Close()
	l.output.flush()
}

// plainPath are characters of paths that need no escape.
const plainPath = "/-_.~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// asServer makes a request that a client sends the one that a server would receive.
func asServer(req *http.Request) {
	req.RequestURI = req.URL.RequestURI()
	if strings.Trim(req.URL.RawPath, plainPath) == "" {
		req.URL.RawPath = ""
	} else if u, err := url.ParseRequestURI(req.RequestURI); err == nil {
		req.URL = u // with a RawPath only if that is not the usual form of Path
	}
	req.RemoteAddr = "127.0.0.1:0"
	if req.Body == nil {
		req.Body = http.NoBody
	}
	for _, name := range []string{"Transfer-Encoding", "Trailer", "Host", "Content-Length"} {
		delete(req.Header, name)
	}
	switch req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		setLength(req.Header, req.ContentLength)
	default:
		if req.ContentLength > 0 {
			setLength(req.Header, req.ContentLength)
		}
	}
}

// pipeListener accepts connections within the process.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

var errNoResponse = &Error{Code: CodeNoResponse, Err: errors.New("no response: the handler was aborted")}

// Output logs what a function says that is called in this process.
type Output struct{ log *outputLog }

// NewOutput returns an Output that logs to log.
func NewOutput(log *slog.Logger) *Output { return &Output{newOutputLog(log)} }

// Record logs a text of a request, "" for none, at a level of the protocol: debug, info,
// warn or error.
func (o *Output) Record(request, level, text string) {
	o.log.write(strings.TrimRight(text, "\r\n"), 0, origin{level: level, request: request})
}

// Stream returns what logs the lines of a stream: stdout or stderr.
func (o *Output) Stream(name string) io.WriteCloser { return &outputStream{newStream(o.log, name)} }

// outputStream is a stream that can be closed.
type outputStream struct{ *stream }

// Close logs a last line without a newline.
func (s *outputStream) Close() error {
	s.stream.close()
	return nil
}

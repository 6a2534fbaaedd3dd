package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jargo-dev/jargo/internal/host/throttle"
	"github.com/jargo-dev/jargo/internal/output"
)

// server is a function whose process serves HTTP and speaks IPC: one process for many
// requests at once.
type server struct {
	set      *Set
	fn       *output.Function
	command  func(dir string) (command, error)
	log      *slog.Logger
	failures *throttle.Logger // to start: each request tries
	output   *outputLog

	mu      sync.Mutex
	dir     string    // working directory; "" before the first start
	current *instance // nil if none is running
	retired sync.WaitGroup

	ctx    context.Context // canceled to kill processes
	giveUp context.CancelFunc
}

func (s *Set) newServer(f *output.Function, c func(dir string) (command, error)) *server {
	ctx, giveUp := context.WithCancel(context.Background())
	log := s.opts.Log.With("function", "/"+f.Name)
	return &server{set: s, fn: f, command: c, log: log, failures: throttle.New(log, failureInterval, time.Now), output: newOutputLog(log), ctx: ctx, giveUp: giveUp}
}

// failureInterval is how often it is logged that a function does not start.
const failureInterval = 30 * time.Second

// exitNotice is how long a request whose connection broke waits to learn whether the
// process has exited, or only hung up. It is longer than the process's children may
// keep its pipes open.
const exitNotice = 2 * time.Second

// failedHeader marks a shim's response for a handler that failed.
const failedHeader = "X-Vercel-Internal-Failed"

// RoundTrip implements Function.
func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	prepare(req)
	for attempt := 1; ; attempt++ {
		in, err := s.instance(ctx)
		if err != nil && attempt == 1 && wasKilled(err) && idempotent(req) {
			continue // the request has not been sent
		}
		if err != nil {
			return nil, err
		}
		resp, err := in.roundTrip(req)
		if err == nil && resp.Header.Get(failedHeader) != "" {
			resp.Body.Close()
			return nil, failed("the handler failed; its log says why")
		}
		if err == nil {
			return resp, nil
		}
		if errors.Is(err, errMalformed) {
			return nil, &Error{Code: CodeNoResponse, Err: err}
		}
		if ctx.Err() != nil {
			if errors.Is(context.Cause(ctx), ErrTimeout) {
				s.retire(in)
			}
			return nil, context.Cause(ctx)
		}
		select {
		case <-in.exited:
		case <-time.After(exitNotice):
			return nil, &Error{Code: CodeNoResponse, Err: fmt.Errorf("no response: %w", err)}
		}
		// The process has exited, perhaps long before the request: retry with a new
		// one, unless that could do something twice.
		if attempt == 2 || !repeatable(req, err) {
			return nil, failed("ended without a response: %w", err)
		}
	}
}

// ErrTimeout is the cause of a context that ends because the function's maxDuration is
// over. The process gets no more requests.
var ErrTimeout = errors.New("maxDuration is over")

// prepare sets what the process is to see.
func prepare(req *http.Request) {
	req.URL.Scheme, req.URL.Host = "http", "function"
	req.RequestURI = ""
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = nil // or else Go adds its own
	}
	count := requestCount.Add(1)
	req.Header[invocationHeader] = []string{newInvocationID(req.Header.Get("X-Vercel-Id"), count)}
	req.Header["X-Vercel-Internal-Request-Id"] = []string{strconv.FormatUint(count, 10)}
}

// invocationHeader has the invocation's ID.
const invocationHeader = "X-Vercel-Internal-Invocation-Id"

var requestCount atomic.Uint64

// repeatable reports whether a request that failed with err may be retried: it never
// reached the process, or is idempotent.
func repeatable(req *http.Request, err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || idempotent(req)
}

// idempotent reports whether a request may be, and can be, sent twice.
func idempotent(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace:
		return req.Body == nil || req.Body == http.NoBody
	}
	return false
}

// instance returns a process that is ready, starting one if need be, and counts the
// request. Concurrent requests wait for the same start.
func (s *server) instance(ctx context.Context) (*instance, error) {
	s.mu.Lock()
	if s.current == nil || s.current.dead() {
		in, err := s.startInstance()
		if err != nil {
			s.mu.Unlock()
			return nil, failed("%w", err)
		}
		s.current = in
		go s.watchStart(in)
	}
	in := s.current
	in.requests.Add(1) // before it can be retired
	s.mu.Unlock()
	defer tellStart(ctx, in.ready, time.Now())()
	select {
	case <-in.ready:
	case <-ctx.Done():
		in.requests.Done()
		return nil, context.Cause(ctx)
	}
	if in.err != nil {
		in.requests.Done()
		s.retire(in) // the next request gets a new one
		return nil, failed("%w", in.err)
	}
	return in, nil
}

// tellStart returns what tells the observer how long it is since began, unless ready is closed.
func tellStart(ctx context.Context, ready <-chan struct{}, began time.Time) func() {
	o, ok := ctx.Value(observerKey{}).(Observer)
	select {
	case <-ready:
		ok = false
	default:
	}
	return func() {
		if ok {
			o.Started(time.Since(began))
		}
	}
}

// watchStart stops a process that does not become ready in time.
func (s *server) watchStart(in *instance) {
	timer := time.NewTimer(s.set.opts.StartTimeout)
	defer timer.Stop()
	select {
	case <-timer.C:
		in.setReady(0, fmt.Errorf("not ready after %v", s.set.opts.StartTimeout))
	case <-in.ready:
	}
	if in.err != nil {
		s.failures.Error("", "function did not start", "error", in.err)
		s.retire(in)
	}
}

// retire takes a process out of service and stops it once its requests have ended, or
// their time is up.
func (s *server) retire(in *instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != in {
		return
	}
	s.current = nil
	s.retired.Go(func() {
		drained := make(chan struct{})
		go func() { in.requests.Wait(); close(drained) }()
		drain, cancel := context.WithTimeout(s.ctx, in.limit)
		select {
		case <-drained:
		case <-in.exited:
		case <-drain.Done():
		}
		cancel()
		stop, cancel := context.WithTimeout(s.ctx, s.set.opts.StopTimeout)
		defer cancel()
		in.stop(stop)
	})
}

// Close implements Function.
func (s *server) Close(ctx context.Context) {
	s.mu.Lock()
	in := s.current
	s.current = nil
	s.mu.Unlock()
	defer s.giveUp()
	defer context.AfterFunc(ctx, s.giveUp)()
	if in != nil {
		in.stop(ctx)
	}
	s.retired.Wait()
}

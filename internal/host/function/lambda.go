package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// pool is a function of a provided runtime: programs that fetch one invocation
// at a time from the Lambda Runtime API, several of them for several requests
// at once.
type pool struct {
	set  *Set
	fn   *output.Function
	log  *slog.Logger
	room chan struct{} // a token per worker that may be at work

	mu   sync.Mutex
	dir  string    // where it runs; "" before the first start
	idle []*worker // the last used at the end
	all  map[*worker]bool
}

// maxWorkers bounds the processes of one function.
const maxWorkers = 16

func (s *Set) newPool(f *output.Function) *pool {
	return &pool{set: s, fn: f, log: s.opts.Log.With("function", "/"+f.Name),
		room: make(chan struct{}, maxWorkers), all: map[*worker]bool{}}
}

// RoundTrip implements Function. The request and the answer are held in memory,
// as the runtime's protocol asks for.
func (p *pool) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	event, err := encodeEvent(req)
	if err != nil {
		return nil, err
	}
	select {
	case p.room <- struct{}{}:
		defer func() { <-p.room }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for attempt := 1; ; attempt++ {
		w, fresh, err := p.take()
		if err != nil {
			return nil, failed("%w", err)
		}
		result, err := w.invoke(ctx, event)
		if err == nil {
			p.give(w)
			return decodeResult(result, req)
		}
		p.discard(w)
		// A worker that died while it was idle never saw the event.
		if fresh || attempt == 2 || !errors.Is(err, errNotTaken) {
			return nil, err
		}
	}
}

// take returns a worker that is idle, or a new one.
func (p *pool) take() (w *worker, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		w := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if !w.dead() {
			return w, false, nil
		}
		delete(p.all, w)
	}
	w, err = p.start()
	if err != nil {
		return nil, false, err
	}
	p.all[w] = true
	return w, true, nil
}

func (p *pool) give(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, w)
}

// discard ends a worker that did not answer: what it is doing is not known.
func (p *pool) discard(w *worker) {
	p.mu.Lock()
	delete(p.all, w)
	p.mu.Unlock()
	w.kill()
}

// Close implements Function.
func (p *pool) Close(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var wg sync.WaitGroup
	for w := range p.all {
		wg.Go(func() { w.stop(ctx) })
	}
	wg.Wait()
}

// worker is one process and the Runtime API it asks for work.
type worker struct {
	*process
	limit  time.Duration // maxDuration
	events chan []byte   // taken by GET next
	api    *http.Server
	asked  func() // says that it has asked for work

	mu      sync.Mutex
	id      string      // of the invocation under way; "" when there is none
	results chan result // for it
	count   int
}

// result is how an invocation came out.
type result struct {
	body []byte
	err  error
}

// start starts a worker. The caller holds the lock.
func (p *pool) start() (*worker, error) {
	if p.dir == "" {
		dir, err := p.set.workDir(p.fn)
		if err != nil {
			return nil, err
		}
		p.dir = dir
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the runtime API: %w", err)
	}
	w := &worker{events: make(chan []byte), limit: MaxDuration(p.fn)}
	asked := make(chan struct{})
	w.asked = sync.OnceFunc(func() { close(asked) })
	w.api = &http.Server{Handler: w.routes(), ReadHeaderTimeout: time.Minute}
	go w.api.Serve(ln)
	c := &p.fn.Config
	memory := max(c.Memory, 128)
	env := p.set.environ(p.fn, "AWS_LAMBDA_RUNTIME_API="+ln.Addr().String(), "_HANDLER="+c.Handler, "LAMBDA_TASK_ROOT="+p.dir,
		"AWS_REGION="+region, "AWS_LAMBDA_FUNCTION_NAME="+p.fn.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(memory))
	w.process, err = startProcess(p.log, command{path: filepath.Join(p.dir, filepath.FromSlash(c.Handler))}, p.dir, env)
	if err != nil {
		w.api.Close()
		return nil, err
	}
	go func() {
		<-w.exited
		w.api.Close()
	}()
	go p.watchStart(w, asked)
	return w, nil
}

// watchStart ends a worker that does not ask for work in time.
func (p *pool) watchStart(w *worker, asked <-chan struct{}) {
	timer := time.NewTimer(p.set.opts.StartTimeout)
	defer timer.Stop()
	select {
	case <-asked:
	case <-w.exited:
	case <-timer.C:
		w.log.Error("function did not start", "error", fmt.Errorf("no request for work after %v", p.set.opts.StartTimeout))
		w.kill()
	}
}

// region is what AWS_REGION says.
const region = "us-east-1"

// errNotTaken says that a worker ended without having taken the event.
var errNotTaken = errors.New("the function ended before it took the request")

// invoke gives the worker an event and waits for what it makes of it.
func (w *worker) invoke(ctx context.Context, event []byte) ([]byte, error) {
	select {
	case w.events <- event:
	case <-w.exited:
		return nil, &Error{Code: CodeFailed, Err: fmt.Errorf("%w: %w", errNotTaken, w.how)}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	w.mu.Lock()
	results := w.results
	w.mu.Unlock()
	select {
	case r := <-results:
		return r.body, r.err
	case <-w.exited:
		return nil, failed("ended without an answer: %w", w.how)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// routes is the Lambda Runtime API, version 2018-06-01.
func (w *worker) routes() http.Handler {
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", w.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxResult))
		if err != nil {
			err = &Error{Code: CodeResponseTooLarge, Err: fmt.Errorf("read the answer: %w", err)}
		}
		w.finish(rw, r.PathValue("id"), result{body, err})
	})
	mux.HandleFunc("POST "+base+"invocation/{id}/error", func(rw http.ResponseWriter, r *http.Request) {
		w.finish(rw, r.PathValue("id"), result{err: failed("%s", errorMessage(r.Body))})
	})
	mux.HandleFunc("POST "+base+"init/error", func(rw http.ResponseWriter, r *http.Request) {
		w.log.Error("function did not start", "error", errorMessage(r.Body))
		rw.WriteHeader(http.StatusAccepted)
	})
	return mux
}

// maxResult bounds the JSON text of an answer, in bytes.
const maxResult = 8 << 20

// next hands out the next event; it waits until there is one.
func (w *worker) next(rw http.ResponseWriter, r *http.Request) {
	w.asked()
	// The invocation is known before its event is taken, so that whoever gave
	// the event finds where the result will come.
	w.mu.Lock()
	w.count++
	w.id = strconv.Itoa(w.count) + "-" + newInvocationID()
	w.results = make(chan result, 1)
	id := w.id
	w.mu.Unlock()
	select {
	case event := <-w.events:
		h := rw.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(w.limit).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+region+":0:function:function")
		rw.Write(event)
	case <-r.Context().Done():
	}
}

// finish takes the result of an invocation.
func (w *worker) finish(rw http.ResponseWriter, id string, r result) {
	w.mu.Lock()
	known := id == w.id && w.results != nil
	if known {
		w.results <- r
		w.id = ""
	}
	w.mu.Unlock()
	if !known {
		http.Error(rw, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	rw.WriteHeader(http.StatusAccepted)
	io.WriteString(rw, `{"status":"OK"}`)
}

func errorMessage(r io.Reader) string {
	var e struct{ ErrorMessage, ErrorType string }
	data, _ := io.ReadAll(io.LimitReader(r, 64<<10))
	if json.Unmarshal(data, &e) != nil || e.ErrorMessage == "" {
		return fmt.Sprintf("fails with %q", data)
	}
	return e.ErrorType + ": " + e.ErrorMessage
}

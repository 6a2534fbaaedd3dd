package function

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// pool is a function of a provided runtime: processes that fetch one invocation at a
// time from the Lambda Runtime API, one for each concurrent request.
type pool struct {
	set    *Set
	fn     *output.Function
	log    *slog.Logger
	output *outputLog
	room   chan struct{} // has a token per busy worker

	mu   sync.Mutex
	dir  string    // working directory; "" before the first start
	idle []*worker // most recently used last
	all  map[*worker]bool
}

// maxWorkers bounds the processes of one function.
const maxWorkers = 16

func (s *Set) newPool(f *output.Function) *pool {
	log := s.opts.Log.With("function", "/"+f.Name)
	return &pool{set: s, fn: f, log: log, output: newOutputLog(log),
		room: make(chan struct{}, maxWorkers), all: map[*worker]bool{}}
}

// RoundTrip implements Function. The request and the response are held in memory, as
// the protocol requires.
func (p *pool) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	event, err := encodeEvent(req)
	if err != nil {
		return nil, err
	}
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for attempt := 1; ; attempt++ {
		w, fresh, err := p.take()
		if err != nil {
			<-p.room
			return nil, failed("%w", err)
		}
		switch err := w.deliver(ctx, event); {
		case err == nil:
			return p.await(ctx, w, req)
		case ctx.Err() != nil:
			p.putBack(w) // it is still idle
			return nil, context.Cause(ctx)
		case attempt == 2 || fresh && !wasKilled(err): // it never saw the event
			p.discard(w)
			return nil, failed("ended before it took the request: %w", err)
		}
		p.forget(w)
	}
}

// await returns the response to an event that a worker has taken. If the visitor
// leaves, the worker finishes the event before it gets another; if it takes too long,
// it is killed.
func (p *pool) await(ctx context.Context, w *worker, req *http.Request) (*http.Response, error) {
	select {
	case r := <-w.results:
		p.putBack(w)
		if r.err != nil {
			return nil, r.err
		}
		return decodeResult(r.body, req)
	case <-w.exited:
		p.discard(w)
		return nil, failed("ended without a response: %w", w.exitErr)
	case <-ctx.Done():
	}
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		p.discard(w)
	} else {
		go p.finish(w)
	}
	return nil, context.Cause(ctx)
}

// finish waits for a worker whose result is no longer needed.
func (p *pool) finish(w *worker) {
	timer := time.NewTimer(time.Until(w.began.Add(w.limit)))
	defer timer.Stop()
	select {
	case <-w.results:
		p.putBack(w)
	case <-w.exited:
		p.discard(w)
	case <-timer.C:
		p.discard(w)
	}
}

// take returns an idle worker, or a new one.
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

// putBack makes a worker idle and frees its room.
func (p *pool) putBack(w *worker) {
	p.mu.Lock()
	p.idle = append(p.idle, w)
	p.mu.Unlock()
	<-p.room
}

// discard kills a worker in an unknown state and frees its room.
func (p *pool) discard(w *worker) {
	p.forget(w)
	<-p.room
}

// forget kills a worker whose room another takes.
func (p *pool) forget(w *worker) {
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

// worker is one process and its Runtime API.
type worker struct {
	*process
	limit  time.Duration // maxDuration
	events chan []byte   // received by GET next
	api    *http.Server
	polled func() // records that it has polled for work

	results chan result // of the event under way
	began   time.Time   // when it was taken

	mu    sync.Mutex
	id    string // of the invocation under way; "" when there is none
	count int
}

// result is the outcome of an invocation.
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
	w := &worker{events: make(chan []byte), results: make(chan result, 1), limit: MaxDuration(p.fn)}
	polled := make(chan struct{})
	w.polled = sync.OnceFunc(func() { close(polled) })
	w.api = &http.Server{Handler: w.routes(), ReadHeaderTimeout: time.Minute}
	go w.api.Serve(ln)
	c := &p.fn.Config
	memory := max(c.Memory, 128)
	env := p.set.environ(p.fn, "AWS_LAMBDA_RUNTIME_API="+ln.Addr().String(), "_HANDLER="+c.Handler, "LAMBDA_TASK_ROOT="+p.dir,
		"AWS_REGION="+awsRegion, "AWS_LAMBDA_FUNCTION_NAME="+p.fn.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(memory))
	w.process, err = startProcess(p.output, command{path: filepath.Join(p.dir, filepath.FromSlash(c.Handler))}, p.dir, env)
	if err != nil {
		w.api.Close()
		return nil, err
	}
	p.set.opts.Processes.watch(w.process)
	go func() {
		<-w.exited
		w.api.Close()
	}()
	go p.watchStart(w, polled)
	return w, nil
}

// watchStart kills a worker that does not poll for work in time.
func (p *pool) watchStart(w *worker, polled <-chan struct{}) {
	timer := time.NewTimer(p.set.opts.StartTimeout)
	defer timer.Stop()
	select {
	case <-polled:
		w.up.Store(true)
	case <-w.exited:
	case <-timer.C:
		w.log.Error("function did not start", "error", fmt.Errorf("no request for work after %v", p.set.opts.StartTimeout))
		w.kill()
	}
}

// deliver passes the worker an event. The error is its exit error, or ctx's.
func (w *worker) deliver(ctx context.Context, event []byte) error {
	select {
	case w.events <- event:
		w.began = time.Now()
		return nil
	case <-w.exited:
		return w.exitErr
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// routes returns the Lambda Runtime API, version 2018-06-01.
func (w *worker) routes() http.Handler {
	// http.ServeMux has no patterns with methods in a program whose go.mod is of an old Go.
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		call, _ := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/")
		id, about := "", ""
		if rest, invoked := strings.CutPrefix(call, "invocation/"); invoked {
			id, about, _ = strings.Cut(rest, "/")
		}
		switch isPost := r.Method == http.MethodPost; {
		case r.Method == http.MethodGet && call == "invocation/next":
			w.next(rw, r)
		case isPost && about == "response":
			body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxResult))
			if err != nil {
				err = &Error{Code: CodeResponseTooLarge, Err: fmt.Errorf("read the response: %w", err)}
			}
			w.finish(rw, id, result{body, err})
		case isPost && about == "error":
			w.finish(rw, id, result{err: failed("%s", errorMessage(r.Body))})
		case isPost && call == "init/error":
			w.log.Error("function did not start", "error", errorMessage(r.Body))
			rw.WriteHeader(http.StatusAccepted)
		default:
			http.NotFound(rw, r)
		}
	})
}

// maxResult bounds the JSON text of a response, in bytes.
const maxResult = 8 << 20

// next waits for the next event and sends it.
func (w *worker) next(rw http.ResponseWriter, r *http.Request) {
	w.polled()
	select {
	case event := <-w.events:
		w.mu.Lock()
		w.count++
		id := newInvocationID(rand.Text(), uint64(w.count))
		w.id = id
		w.mu.Unlock()
		h := rw.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(w.limit).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+awsRegion+":0:function:function")
		rw.Write(event)
	case <-r.Context().Done():
	}
}

// finish records the result of an invocation.
func (w *worker) finish(rw http.ResponseWriter, id string, r result) {
	w.mu.Lock()
	known := id == w.id && id != ""
	if known {
		w.id = ""
	}
	w.mu.Unlock()
	if known {
		w.results <- r
	}
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

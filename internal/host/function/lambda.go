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
	set    *Set
	fn     *output.Function
	log    *slog.Logger
	output *outputLog
	room   chan struct{} // a token per worker that may be at work

	mu   sync.Mutex
	dir  string    // where it runs; "" before the first start
	idle []*worker // the last used at the end
	all  map[*worker]bool
}

// maxWorkers bounds the processes of one function.
const maxWorkers = 16

func (s *Set) newPool(f *output.Function) *pool {
	log := s.opts.Log.With("function", "/"+f.Name)
	return &pool{set: s, fn: f, log: log, output: newOutputLog(log),
		room: make(chan struct{}, maxWorkers), all: map[*worker]bool{}}
}

// RoundTrip implements Function. The request and the response are held in memory,
// as the runtime's protocol asks for.
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
		switch err := w.hand(ctx, event); {
		case err == nil:
			return p.await(ctx, w, req)
		case ctx.Err() != nil:
			p.give(w) // it has nothing to do
			return nil, context.Cause(ctx)
		case attempt == 2 || fresh && !wasKilled(err): // it never saw the event
			p.discard(w)
			return nil, failed("ended before it took the request: %w", err)
		}
		p.forget(w)
	}
}

// await returns what a worker makes of an event that it has taken. When the
// visitor leaves, the worker comes to its end with it, and then has others;
// when it takes too long, it is killed.
func (p *pool) await(ctx context.Context, w *worker, req *http.Request) (*http.Response, error) {
	select {
	case r := <-w.results:
		p.give(w)
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

// finish waits for what no one waits for any more.
func (p *pool) finish(w *worker) {
	timer := time.NewTimer(time.Until(w.began.Add(w.limit)))
	defer timer.Stop()
	select {
	case <-w.results:
		p.give(w)
	case <-w.exited:
		p.discard(w)
	case <-timer.C:
		p.discard(w)
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

// give takes a worker back that may have another event, and its room.
func (p *pool) give(w *worker) {
	p.mu.Lock()
	p.idle = append(p.idle, w)
	p.mu.Unlock()
	<-p.room
}

// discard ends a worker that did not answer: what it is doing is not known.
func (p *pool) discard(w *worker) {
	p.forget(w)
	<-p.room
}

// forget ends a worker whose room another takes.
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

// worker is one process and the Runtime API it asks for work.
type worker struct {
	*process
	limit  time.Duration // maxDuration
	events chan []byte   // taken by GET next
	api    *http.Server
	asked  func() // says that it has asked for work

	results chan result // of the event that it has taken
	began   time.Time   // when it did

	mu    sync.Mutex
	id    string // of the invocation under way; "" when there is none
	count int
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
	w := &worker{events: make(chan []byte), results: make(chan result, 1), limit: MaxDuration(p.fn)}
	asked := make(chan struct{})
	w.asked = sync.OnceFunc(func() { close(asked) })
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

// hand gives the worker an event. The error is how it ended, or that ctx did.
func (w *worker) hand(ctx context.Context, event []byte) error {
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

// routes is the Lambda Runtime API, version 2018-06-01.
func (w *worker) routes() http.Handler {
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", w.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxResult))
		if err != nil {
			err = &Error{Code: CodeResponseTooLarge, Err: fmt.Errorf("read the response: %w", err)}
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

// maxResult bounds the JSON text of a response, in bytes.
const maxResult = 8 << 20

// next hands out the next event; it waits until there is one.
func (w *worker) next(rw http.ResponseWriter, r *http.Request) {
	w.asked()
	select {
	case event := <-w.events:
		w.mu.Lock()
		w.count++
		id := strconv.Itoa(w.count) + "-" + newInvocationID()
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

// finish takes the result of an invocation.
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

package host

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/metrics"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// Metrics count what is done by a Server, or by several: by all deployments that have
// them among their Options. The zero value has counted nothing.
type Metrics struct {
	// Of each request, which is counted when it ends, by status and state of the cache.
	// That is a fixed number of counters, whatever visitors and functions send.
	requests  [maxStatus + 1][len(cacheStates)]atomic.Int64
	durations [len(cacheStates)]metrics.Histogram
	bytes     atomic.Int64

	regenerations outcomes
	processes     function.Processes
	deployments   atomic.Int64
	deployed      atomic.Int64 // when the last one was: Unix time in nanoseconds

	mu        sync.Mutex
	functions map[string]*outcomes // by name
}

// maxStatus is the last status that can be sent. What was not sent has status 0.
const maxStatus = 999

// cacheStates are the values of the label cache. The first is for responses that do not
// involve the cache.
var cacheStates = [...]prerender.State{"", prerender.StateHit, prerender.StateMiss, prerender.StateStale, prerender.StatePrerender,
	prerender.StateBypass, prerender.StateRevalidated}

// request counts a request that has ended.
func (m *Metrics) request(status int, cache prerender.State, bytes int64, d time.Duration) {
	if status < 0 || status > maxStatus {
		status = 0
	}
	state := max(0, slices.Index(cacheStates[:], cache))
	m.requests[status][state].Add(1)
	m.durations[state].Observe(d)
	m.bytes.Add(bytes)
}

// outcomes count what succeeds or fails, and for how long it lasts.
type outcomes struct {
	under    atomic.Int64 // way
	failed   atomic.Int64
	canceled atomic.Int64 // since nobody waited any more
	duration metrics.Histogram
}

// begin counts a beginning. end counts the end.
func (o *outcomes) begin() (end func(error)) {
	start := time.Now()
	o.under.Add(1)
	return func(err error) {
		o.under.Add(-1)
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			o.canceled.Add(1)
		default:
			o.failed.Add(1)
		}
		o.duration.Observe(time.Since(start))
	}
}

// deploy counts a deployment that is now the current one.
func (m *Metrics) deploy(d *Deployment) {
	m.deployments.Add(1)
	m.deployed.Store(d.opts.now().UnixNano())
}

// observe returns what is invoked instead of fn: the same, but counted and traced.
func (o Options) observe(f *output.Function, fn function.Function) function.Function {
	m := o.Metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.functions == nil {
		m.functions = map[string]*outcomes{}
	}
	name := "/" + f.Name
	if m.functions[name] == nil {
		m.functions[name] = new(outcomes)
	}
	return &observed{fn, name, m.functions[name], o.Tracer}
}

// observed is a Function whose invocations are counted and traced.
type observed struct {
	function.Function
	name     string
	outcomes *outcomes
	tracer   Tracer // nil for none
}

// WriteMetrics writes what the current deployment's Metrics have counted, and how much
// there is of what the server keeps.
func (s *Server) WriteMetrics(w *metrics.Writer) {
	var usage []prerender.Usage
	s.With(func(d *Deployment) {
		d.opts.Metrics.write(w)
		usage = d.pages.Usage()
	})
	gauge := func(name, help string, value func(prerender.Usage) float64) {
		w.Family(name, metrics.Gauge, help)
		for _, u := range usage {
			w.Sample(value(u), "in", u.Where)
		}
	}
	gauge("jargo_cache_entries", "Entries of regenerated pages, with the marks of their groups.", func(u prerender.Usage) float64 { return float64(u.Entries) })
	gauge("jargo_cache_bytes", "What the entries take, with what it takes to keep them.", func(u prerender.Usage) float64 { return float64(u.Bytes) })
	gauge("jargo_cache_limit_bytes", "What the entries may take before the least recently used ones go.", func(u prerender.Usage) float64 { return float64(u.Limit) })
	if l := s.limited.Load(); l != nil {
		l.write(w)
	}
}

func (m *Metrics) write(w *metrics.Writer) {
	w.Family("jargo_requests_total", metrics.Counter, "Requests that have ended, by status (499: the visitor left, 0: nothing was sent) and x-vercel-cache (NONE: neither a file nor a function).")
	for status := range m.requests {
		for i, state := range cacheStates {
			if n := m.requests[status][i].Load(); n > 0 {
				w.Sample(float64(n), "code", strconv.Itoa(status), "cache", string(cmp.Or(state, "NONE")))
			}
		}
	}
	w.Family("jargo_request_duration_seconds", metrics.HistogramKind, "Time from the head of a request to the end of its response.")
	for i, state := range cacheStates {
		w.Histogram(&m.durations[i], "cache", string(cmp.Or(state, "NONE")))
	}
	counter := func(name, help string, n int64) {
		w.Family(name, metrics.Counter, help)
		w.Sample(float64(n))
	}
	counter("jargo_response_bytes_total", "Bytes of bodies that were sent to visitors, as they were encoded.", m.bytes.Load())
	counter("jargo_regeneration_failures_total", "Renderings of regenerated pages that have failed: the entry that was there stays.", m.regenerations.failed.Load()+m.regenerations.canceled.Load())
	w.Family("jargo_regenerations_in_flight", metrics.Gauge, "Renderings of regenerated pages that are under way.")
	w.Sample(float64(m.regenerations.under.Load()))
	w.Family("jargo_regeneration_duration_seconds", metrics.HistogramKind, "Renderings of regenerated pages that have ended.")
	w.Histogram(&m.regenerations.duration)
	m.writeFunctions(w)
	// In this order: a process that ends meanwhile does not make it less than none.
	ended, crashed := m.processes.Ended.Load(), m.processes.Crashed.Load()
	started := m.processes.Started.Load()
	counter("jargo_function_processes_started_total", "Processes of functions that were started.", started)
	counter("jargo_function_processes_ended_total", "Processes of functions that have ended.", ended)
	counter("jargo_function_processes_crashed_total", "Processes of functions that have ended by themselves.", crashed)
	w.Family("jargo_function_processes", metrics.Gauge, "Processes of functions that are running.")
	w.Sample(float64(started - ended))
	counter("jargo_deployments_total", "Outputs that were served, one after the other.", m.deployments.Load())
	w.Family("jargo_deployment_timestamp_seconds", metrics.Gauge, "When the output that is served was opened, in Unix time.")
	w.Sample(time.Duration(m.deployed.Load()).Seconds())
}

// writeFunctions writes what is counted of each function.
func (m *Metrics) writeFunctions(w *metrics.Writer) {
	m.mu.Lock()
	functions := maps.Clone(m.functions)
	m.mu.Unlock()
	names := slices.Sorted(maps.Keys(functions))
	each := func(name string, kind metrics.Kind, help string, sample func(o *outcomes, name string)) {
		w.Family(name, kind, help)
		for _, name := range names {
			sample(functions[name], name)
		}
	}
	each("jargo_function_duration_seconds", metrics.HistogramKind, "Invocations, to the head of the response or without one.", func(o *outcomes, name string) {
		w.Histogram(&o.duration, "function", name)
	})
	each("jargo_function_failures_total", metrics.Counter, "Invocations without a response, by reason: failed or, since the visitor left, canceled.", func(o *outcomes, name string) {
		w.Sample(float64(o.failed.Load()), "function", name, "reason", "failed")
		w.Sample(float64(o.canceled.Load()), "function", name, "reason", "canceled")
	})
	each("jargo_function_invocations_in_flight", metrics.Gauge, "Invocations that wait for the head of the response.", func(o *outcomes, name string) {
		w.Sample(float64(o.under.Load()), "function", name)
	})
}

// write writes what is known of connections.
func (l *listener) write(w *metrics.Writer) {
	l.mu.Lock()
	open, waiting := l.count, l.idle.Len()+l.expected.Len()+l.begun.Len()
	accepted, evicted := l.accepted, l.evicted
	l.mu.Unlock()
	w.Family("jargo_connections", metrics.Gauge, "Connections that are open: busy with a request, or idle.")
	w.Sample(float64(open-waiting), "state", "busy")
	w.Sample(float64(waiting), "state", "idle")
	w.Family("jargo_connections_limit", metrics.Gauge, "How many connections may be open.")
	w.Sample(float64(l.limit))
	w.Family("jargo_connections_accepted_total", metrics.Counter, "Connections that were accepted.")
	w.Sample(float64(accepted))
	w.Family("jargo_connections_evicted_total", metrics.Counter, "Idle connections that were closed to make room for others.")
	w.Sample(float64(evicted))
}

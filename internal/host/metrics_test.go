package host

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/jargo-dev/jargo/internal/host/metrics"
	"github.com/jargo-dev/jargo/internal/host/prerender"
)

// scrape reads the metrics as Prometheus does: name{label="value",…} and the value. A
// histogram is the number of its durations.
func scrape(t *testing.T, s *Server) map[string]float64 {
	t.Helper()
	var text bytes.Buffer
	w := metrics.NewWriter(&text)
	s.WriteMetrics(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			key := name
			if len(labels) > 0 {
				key += "{" + strings.Join(labels, ",") + "}"
			}
			values[key] = value(f.GetType(), m)
		}
	}
	return values
}

func value(kind dto.MetricType, m *dto.Metric) float64 {
	switch kind {
	case dto.MetricType_COUNTER:
		return m.Counter.GetValue()
	case dto.MetricType_GAUGE:
		return m.Gauge.GetValue()
	case dto.MetricType_HISTOGRAM:
		return float64(m.Histogram.GetSampleCount())
	}
	return math.NaN()
}

// TestMetrics serves what is counted, and looks at the counts as Prometheus has them.
func TestMetrics(t *testing.T) {
	m := new(Metrics)
	with := func(o *Options) { o.Metrics, o.CacheDir = m, t.TempDir() }
	s := newSite(t, pagesSite+`
-- static/a.txt --
text
-- functions/fresh.func --
-> clock.func
`, with)
	counting(s.puppet)
	server := NewServer(s.host)
	s.get("/a.txt")
	s.get("/a.txt")
	s.get("/none")
	s.get("/clock")
	s.get("/clock")
	s.get("/fresh")
	s.do(http.MethodPost, "/clock", "")
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	s.get("/plain/a")
	s.host.pages.Wait()
	got := scrape(t, server)
	for name, want := range map[string]float64{
		`jargo_requests_total{code="200",cache="HIT"}`:                     3,
		`jargo_requests_total{code="200",cache="MISS"}`:                    2,
		`jargo_requests_total{code="200",cache="BYPASS"}`:                  1,
		`jargo_requests_total{code="404",cache="NONE"}`:                    1,
		`jargo_requests_total{code="500",cache="NONE"}`:                    1,
		`jargo_request_duration_seconds{cache="HIT"}`:                      3,
		`jargo_request_duration_seconds{cache="STALE"}`:                    0,
		`jargo_regeneration_duration_seconds`:                              2,
		`jargo_regeneration_failures_total`:                                1,
		`jargo_regenerations_in_flight`:                                    0,
		`jargo_function_duration_seconds{function="/clock"}`:               4,
		`jargo_function_failures_total{function="/clock",reason="failed"}`: 0,
		`jargo_function_invocations_in_flight{function="/clock"}`:          0,
		`jargo_function_processes_started_total`:                           1,
		`jargo_function_processes`:                                         1,
		`jargo_function_processes_crashed_total`:                           0,
		`jargo_cache_entries{in="memory"}`:                                 1,
		`jargo_cache_entries{in="disk"}`:                                   1,
		`jargo_cache_bytes{in="disk"}`:                                     8192,
		`jargo_cache_limit_bytes{in="memory"}`:                             maxPagesInMemory,
		`jargo_deployments_total`:                                          1,
		`jargo_deployment_timestamp_seconds`:                               1_800_000_000,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if v := got["jargo_response_bytes_total"]; v < 2*5 || got[`jargo_cache_bytes{in="memory"}`] <= 0 {
		t.Errorf("bytes are missing: %v", got)
	}
	// A function that ends by itself, and an output that follows.
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "exit") })
	s.get("/fresh")
	crashed := func() bool { return m.processes.Crashed.Load() == 2 } // a GET is tried twice
	for begun := time.Now(); !crashed() && time.Since(begun) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	next := newSite(t, versionSite("2"), with)
	server.Deploy(next.host)
	got = scrape(t, server)
	for name, want := range map[string]float64{
		`jargo_function_failures_total{function="/clock",reason="failed"}`: 1,
		`jargo_function_processes_started_total`:                           2,
		`jargo_function_processes_ended_total`:                             2,
		`jargo_function_processes_crashed_total`:                           2,
		`jargo_function_processes`:                                         0,
		`jargo_deployments_total`:                                          2,
		`jargo_requests_total{code="200",cache="HIT"}`:                     3,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("then %s is %v, want %v", name, v, want)
		}
	}
}

// TestMetricsConnections counts connections: one with a request, one without.
func TestMetricsConnections(t *testing.T) {
	s := newSite(t, functionSite)
	begun, end := make(chan bool), make(chan bool)
	s.puppet.on(func(http.ResponseWriter, *http.Request) { begun <- true; <-end })
	server := NewServer(s.host)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	idle, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	fetched := make(chan error, 1)
	go func() {
		_, err := fetch(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+ln.Addr().String()+"/fn")
		fetched <- err
	}()
	await(t, "the request", begun)
	got := scrape(t, server)
	for name, want := range map[string]float64{
		`jargo_connections{state="busy"}`:    1,
		`jargo_connections{state="idle"}`:    1,
		`jargo_connections_limit`:            float64(server.limit),
		`jargo_connections_accepted_total`:   2,
		`jargo_connections_evicted_total`:    0,
		`jargo_requests_total`:               0,
		`jargo_function_processes`:           1,
		`jargo_deployment_timestamp_seconds`: 1_800_000_000,
		`jargo_regeneration_failures_total`:  0,
		`jargo_regenerations_in_flight`:      0,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	close(end)
	if err := await(t, "the response", fetched); err != nil {
		t.Error(err)
	}
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
}

// BenchmarkMetrics counts a request.
func BenchmarkMetrics(b *testing.B) {
	b.ReportAllocs()
	m := new(Metrics)
	for b.Loop() {
		m.request(200, prerender.StateHit, 1000, 300*time.Microsecond)
	}
}

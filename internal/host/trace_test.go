package host

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/jargo-dev/jargo/internal/tracing"
)

// collector receives spans, as OpenTelemetry's own does.
type collector struct {
	*httptest.Server
	mu        sync.Mutex
	spans     []*trace.Span
	resources map[string]string
}

func newCollector(t *testing.T) *collector {
	c := &collector{resources: map[string]string{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.receive(r); err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(c.Server.Close)
	return c
}

func (c *collector) receive(r *http.Request) error {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Key") != "a b" {
		return fmt.Errorf("received %s %s %v", r.Method, r.URL, r.Header)
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var m collect.ExportTraceServiceRequest
	if err := proto.Unmarshal(data, &m); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rs := range m.ResourceSpans {
		for name, v := range attributes(rs.Resource.Attributes) {
			c.resources[name] = v
		}
		for _, s := range rs.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
	return nil
}

func attributes(list []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			m[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			m[a.Key] = fmt.Sprint(v.IntValue)
		default:
			m[a.Key] = "number"
		}
	}
	return m
}

// span is the one span of a name.
func (c *collector) span(t *testing.T, name string) *trace.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*trace.Span
	var names []string
	for _, s := range c.spans {
		names = append(names, s.Name)
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d spans %q among %q", len(found), name, names)
	}
	return found[0]
}

// want compares attributes of a span; "*" is any value.
func want(t *testing.T, s *trace.Span, attrs ...string) {
	t.Helper()
	got := attributes(s.Attributes)
	for i := 0; i < len(attrs); i += 2 {
		if v, ok := got[attrs[i]]; !ok || v != attrs[i+1] && attrs[i+1] != "*" {
			t.Errorf("%s: %s is %q, want %q", s.Name, attrs[i], v, attrs[i+1])
		}
	}
	if len(got) != len(attrs)/2 {
		t.Errorf("%s has attributes %v", s.Name, got)
	}
}

// TestTrace asks for each kind of response, and looks at the spans that are received.
func TestTrace(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_SERVICE_NAME", "blog")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=sites")
	tracer, err := tracing.FromEnvironment(t.Context(), "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, pagesSite+"\n-- static/a.txt --\ntext\n-- functions/fresh.func --\n-> clock.func\n", func(o *Options) { o.Tracer = tracer })
	seen := map[string]http.Header{} // by path
	var mu sync.Mutex
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path] = r.Header
		if strings.HasPrefix(r.URL.Path, "/plain") {
			w.WriteHeader(500)
		}
	})
	const traceID, parentID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	const parent = "Traceparent: 00-" + traceID + "-" + parentID + "-01"
	s.get("/a.txt?secret=1")
	s.get("/fresh", parent, "Tracestate: of=visitor")
	s.get("/clock", parent, "Tracestate: of=visitor")
	s.get("/plain/a")
	s.do("PROPFIND", "/none", "")
	s.host.pages.Wait()
	tracer.Close()

	file := c.span(t, "GET")
	want(t, file, "http.request.method", "GET", "url.path", "/a.txt", "url.scheme", "http", "server.address", "127.0.0.1",
		"http.response.status_code", "200", "http.response.body.size", "5", "jargo.cache", "HIT", "jargo.id", "*")
	if file.Kind != trace.Span_SPAN_KIND_SERVER || len(file.ParentSpanId) > 0 || hex.EncodeToString(file.TraceId) == traceID {
		t.Errorf("a file: %v", file)
	}

	fresh := c.span(t, "GET /fresh")
	want(t, fresh, "http.request.method", "GET", "url.path", "/fresh", "url.scheme", "http", "server.address", "127.0.0.1",
		"http.response.status_code", "200", "http.response.body.size", "0", "jargo.cache", "MISS", "jargo.id", "*",
		"http.route", "/fresh", "jargo.function", "/clock", "jargo.function.start", "number")
	if hex.EncodeToString(fresh.TraceId) != traceID || hex.EncodeToString(fresh.ParentSpanId) != parentID {
		t.Errorf("a request is not part of its trace: %v", fresh)
	}
	told := func(path string) string { return seen[path].Get("Traceparent") }
	invocations := map[string]*trace.Span{}
	for _, span := range c.spans {
		if span.Name == "function /clock" {
			invocations[fmt.Sprintf("00-%x-%x-01", span.TraceId, span.SpanId)] = span
		}
	}
	invocation := invocations[told("/fresh")]
	if len(invocations) != 3 || invocation == nil {
		t.Fatalf("the function is told %q, of the invocations %v", told("/fresh"), invocations)
	}
	want(t, invocation, "jargo.function", "/clock", "http.response.status_code", "200")
	if !bytes.Equal(invocation.ParentSpanId, fresh.SpanId) || invocation.Kind != trace.Span_SPAN_KIND_CLIENT {
		t.Errorf("an invocation: %v", invocation)
	}

	clock, page := c.span(t, "GET /clock"), c.span(t, "regenerate /clock")
	want(t, page, "http.route", "/clock", "url.path", "/clock", "server.address", "localhost")
	if len(page.ParentSpanId) > 0 || bytes.Equal(page.TraceId, clock.TraceId) || len(page.Links) != 1 || !bytes.Equal(page.Links[0].SpanId, clock.SpanId) {
		t.Errorf("a regeneration: %v, caused by %v", page, clock)
	}
	invocation = invocations[told("/clock")]
	if invocation == nil || !bytes.Equal(invocation.ParentSpanId, page.SpanId) || seen["/clock"].Get("Tracestate") != "" {
		t.Errorf("a regeneration's function is told %v", seen["/clock"])
	}

	failed := c.span(t, "regenerate /plain")
	if failed.Status.Code != trace.Status_STATUS_CODE_ERROR || failed.Status.Message != "the page was rendered with status 500" {
		t.Errorf("a failed regeneration: %v", failed.Status)
	}
	if span := c.span(t, "GET /plain"); span.Status.Code != trace.Status_STATUS_CODE_ERROR {
		t.Errorf("a failed request: %v", span.Status)
	}
	if span := c.span(t, "HTTP"); span.Status.GetCode() != trace.Status_STATUS_CODE_UNSET || attributes(span.Attributes)["http.request.method"] != "PROPFIND" {
		t.Errorf("another method: %v", span)
	}
	for name, v := range map[string]string{"service.name": "blog", "service.namespace": "sites", "service.version": "v1.2.3"} {
		if c.resources[name] != v {
			t.Errorf("%s is %q, want %q", name, c.resources[name], v)
		}
	}
}

// TestTraceSampled has the environment leave spans out, and a collector that fails.
func TestTraceSampled(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL+"/v1/traces")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b")
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
	tracer, err := tracing.FromEnvironment(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, filesSite, func(o *Options) { o.Tracer = tracer })
	s.get("/about")
	s.get("/about", "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tracer.Close()
	if len(c.spans) != 1 || len(c.spans[0].ParentSpanId) == 0 {
		t.Errorf("the spans are %v", c.spans)
	}

	c.Server.Close()
	if tracer, err = tracing.FromEnvironment(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	tracer.LogErrors(slog.New(slog.NewTextHandler(&log, nil)))
	s = newSite(t, filesSite, func(o *Options) { o.Tracer = tracer })
	s.get("/about", "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tracer.Close()
	if text := log.String(); !strings.Contains(text, "traces are not sent") || strings.Count(text, "\n") != 1 {
		t.Errorf("the log says %q", text)
	}
}

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestServeTraces has the environment name a collector: it has the spans when the host
// has stopped. What cannot be done is a warning.
func TestServeTraces(t *testing.T) {
	var received atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			received.Add(1)
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	s := startDrafts(t)
	s.get("/go/act")
	s.stop()
	if received.Load() == 0 {
		t.Errorf("nothing was received:\n%s", s.stderr)
	}

	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	s = startDrafts(t)
	s.get("/go/act")
	s.stop()
	const want = `jargo: warning: there are no traces: OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": traces are sent by http/protobuf alone` + "\n"
	if !strings.Contains(s.stderr.String(), want) {
		t.Errorf("the log is\n%s", s.stderr)
	}
}

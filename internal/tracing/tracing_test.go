package tracing

import (
	"log/slog"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// TestFromEnvironment reads which variables ask for a Tracer.
func TestFromEnvironment(t *testing.T) {
	const endpoint = "http://127.0.0.1:1"
	for _, tt := range []struct {
		env  map[string]string
		want bool
		err  string
	}{
		{nil, false, ""},
		{map[string]string{"OTEL_SERVICE_NAME": "a", "OTEL_TRACES_SAMPLER": "always_on"}, false, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, true, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint}, true, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false, ""},
		{map[string]string{"OTEL_SDK_DISABLED": "True", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false, `OTEL_TRACES_EXPORTER is "zipkin": traces are sent by otlp or, with none, not at all`},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, `OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": traces are sent by http/protobuf alone`},
		{map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, true, ""},
	} {
		for _, name := range append(wanted, "OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") {
			t.Setenv(name, tt.env[name])
		}
		tracer, err := FromEnvironment(t.Context(), "")
		message := ""
		if err != nil {
			message = err.Error()
		}
		if (tracer != nil) != tt.want || message != tt.err {
			t.Errorf("%v: %v, %q, want %v, %q", tt.env, tracer, message, tt.want, tt.err)
		}
		tracer.Close()
	}
}

func TestConvert(t *testing.T) {
	got := convert([]slog.Attr{slog.String("a", "b"), slog.Int("a", 1), slog.Float64("a", 1.5), slog.Bool("a", true), slog.Duration("a", 1500*time.Millisecond), slog.Any("a", []int{1})})
	want := []attribute.KeyValue{attribute.String("a", "b"), attribute.Int("a", 1), attribute.Float64("a", 1.5), attribute.Bool("a", true), attribute.Float64("a", 1.5), attribute.String("a", "[1]")}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %v, want %v", i, got[i], want[i])
		}
	}
}

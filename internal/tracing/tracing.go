// Package tracing sends spans of what a host does to an OpenTelemetry collector, if the
// environment says where one is. It implements host.Tracer.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
// (read 2026-11-30).
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// Tracer makes spans and sends them. Close it.
type Tracer struct {
	provider *trace.TracerProvider
	tracer   api.Tracer
	traces   propagation.TraceContext
}

// wanted are the variables each of which says that there is a collector.
var wanted = []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"}

// FromEnvironment returns the Tracer that the environment asks for, with the version of
// this program; nil if it asks for none. The error says what it asks for in vain.
func FromEnvironment(ctx context.Context, version string) (*Tracer, error) {
	set := func(name string) bool { return os.Getenv(name) != "" }
	switch {
	case strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true"), !slices.ContainsFunc(wanted, set):
		return nil, nil
	}
	switch exporter := os.Getenv("OTEL_TRACES_EXPORTER"); exporter {
	case "", "otlp":
	case "none":
		return nil, nil
	default:
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER is %q: traces are sent by otlp or, with none, not at all", exporter)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := os.Getenv(name); protocol == "http/protobuf" {
			break // the first counts
		} else if protocol != "" {
			return nil, fmt.Errorf("%s is %q: traces are sent by http/protobuf alone", name, protocol)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make traces ready: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "jargo"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("make traces ready: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	t := &Tracer{provider: provider, tracer: provider.Tracer("github.com/jargo-dev/jargo", api.WithInstrumentationVersion(version))}
	return t, nil
}

// lastError is when an error was last logged: Unix time in nanoseconds. A collector that
// is down is one with each batch.
var lastError atomic.Int64

// LogErrors has failures to send spans logged, at most every half a minute.
func (t *Tracer) LogErrors(log *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		now, last := time.Now().UnixNano(), lastError.Load()
		if now-last >= int64(30*time.Second) && lastError.CompareAndSwap(last, now) {
			log.Warn("traces are not sent", "error", err)
		}
	}))
}

// closeTimeout is how long the last spans may take to be sent.
const closeTimeout = 5 * time.Second

// Close sends the spans that were not sent yet. A nil Tracer has none.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// Request implements host.Tracer. The span is called by its method and, once that is known,
// its route.
func (t *Tracer) Request(ctx context.Context, header http.Header, attrs ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	ctx = t.traces.Extract(ctx, propagation.HeaderCarrier(header))
	name := method(attrs)
	ctx, end := t.begin(ctx, name, api.SpanKindServer, attrs)
	span := api.SpanFromContext(ctx)
	return ctx, func(err error, attrs ...slog.Attr) {
		if route := value(attrs, "http.route"); route != "" {
			span.SetName(name + " " + route)
		}
		end(err, attrs...)
	}
}

// Invocation implements host.Tracer.
func (t *Tracer) Invocation(ctx context.Context, header http.Header, attrs ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	ctx, end := t.begin(ctx, "function "+value(attrs, "jargo.function"), api.SpanKindClient, attrs)
	t.traces.Inject(ctx, propagation.HeaderCarrier(header))
	return ctx, end
}

// Regeneration implements host.Tracer.
func (t *Tracer) Regeneration(ctx, cause context.Context, attrs ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	return t.begin(ctx, "regenerate "+value(attrs, "http.route"), api.SpanKindInternal, attrs, api.WithNewRoot(), api.WithLinks(api.LinkFromContext(cause)))
}

func (t *Tracer) begin(ctx context.Context, name string, kind api.SpanKind, attrs []slog.Attr, opts ...api.SpanStartOption) (context.Context, func(error, ...slog.Attr)) {
	ctx, span := t.tracer.Start(ctx, name, append(opts, api.WithSpanKind(kind), api.WithAttributes(convert(attrs)...))...)
	return ctx, func(err error, attrs ...slog.Attr) {
		span.SetAttributes(convert(attrs)...)
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

// convert returns the attributes as spans have them. A duration is in seconds.
func convert(attrs []slog.Attr) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindInt64:
			list = append(list, attribute.Int64(a.Key, v.Int64()))
		case slog.KindFloat64:
			list = append(list, attribute.Float64(a.Key, v.Float64()))
		case slog.KindBool:
			list = append(list, attribute.Bool(a.Key, v.Bool()))
		case slog.KindDuration:
			list = append(list, attribute.Float64(a.Key, v.Duration().Seconds()))
		default:
			list = append(list, attribute.String(a.Key, v.String()))
		}
	}
	return list
}

// value returns the text of an attribute; "" if there is none.
func value(attrs []slog.Attr, key string) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// method is the name of a request's span, by its method. Others than these are not in a
// name, of which there must not be any number.
func method(attrs []slog.Attr) string {
	switch m := value(attrs, "http.request.method"); m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodConnect, http.MethodTrace:
		return m
	}
	return "HTTP"
}

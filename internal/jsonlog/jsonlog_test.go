package jsonlog

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"
)

// FuzzHandler compares what is written with what slog writes.
func FuzzHandler(f *testing.F) {
	f.Add("request", "method", "GET", int64(200), int64(12345), 0)
	f.Add("", "", "", int64(-1), int64(0), -4)
	f.Add("a \"message\"", "k\n", "<&>\u2028é\x00\x7f\xff", int64(1<<62), int64(-1<<62), 3)
	f.Fuzz(func(t *testing.T, message, key, text string, n, at int64, level int) {
		when := time.Unix(at>>16, at&0xffff).UTC()
		for i, attrs := range [][]slog.Attr{
			nil,
			{slog.String(key, text), slog.Int64("n", n), slog.Duration(key, time.Duration(n)), slog.Int("status", 200), slog.String("last", "x"), slog.Int64("more", at)},
			{slog.Int64("n", n), slog.Any(key, errors.New(text))},
			{slog.Group(key, slog.String("in", text)), slog.Bool("b", n > 0), slog.Float64("f", float64(n)), slog.Time("t", when)},
			{{}, slog.String("last", text)},
		} {
			for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", int(n%100_000))} {
				r := slog.NewRecord(when.In(zone), slog.Level(level), message, 0)
				r.AddAttrs(attrs...)
				var got, want bytes.Buffer
				gotErr, wantErr := New(&got).Handle(t.Context(), r), slog.NewJSONHandler(&want, nil).Handle(t.Context(), r)
				if got.String() != want.String() || (gotErr == nil) != (wantErr == nil) {
					t.Errorf("%d: %q, %v, want %q, %v", i, got.String(), gotErr, want.String(), wantErr)
				}
			}
		}
	})
}

func TestHandler(t *testing.T) {
	var got bytes.Buffer
	log := slog.New(New(&got))
	log.Debug("no")
	without := slog.NewRecord(time.Time{}, slog.LevelWarn, "no time", 0)
	if err := log.Handler().Handle(t.Context(), without); err != nil {
		t.Error(err)
	}
	log.With("a", 1).WithGroup("g").Handler().Handle(t.Context(), without)
	const want = `{"level":"WARN","msg":"no time"}` + "\n" + `{"level":"WARN","msg":"no time","a":1}` + "\n"
	if got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("path", "/"), slog.Duration("duration", 1))
	if _, plain := appendRecord(nil, &r); !plain {
		t.Error("a request is not plain")
	}
}

func BenchmarkHandler(b *testing.B) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.String("path", "/about"), slog.Int("status", 200), slog.Duration("duration", 20_000), slog.Int64("bytes", 10240),
		slog.String("cache", "HIT"), slog.String("output", "about"), slog.String("id", "iad1::1234-1234567890123-123456789012"))
	for _, h := range []struct {
		name string
		slog.Handler
	}{{"ours", New(io.Discard)}, {"slog", slog.NewJSONHandler(io.Discard, nil)}} {
		b.Run(h.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Handle(b.Context(), r)
			}
		})
	}
}

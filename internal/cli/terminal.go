package cli

import (
	"cmp"
	"context"
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lmittmann/tint"

	"github.com/jargo-dev/jargo/internal/host"
)

// terminal is the log for a person: a request is one line without what only
// machines look for.
type terminal struct {
	slog.Handler
	sources map[string]string // the files of pages, by output path
	derived bool              // its records have attributes before their own: they are a function's
}

// newTerminal writes in colour. sources has the files of the pages that are served,
// by output path; nil if they are not known, and then a function goes by its name.
func newTerminal(w io.Writer, sources map[string]string) slog.Handler {
	return &terminal{Handler: tint.NewTextHandler(w, &tint.Options{TimeFormat: time.TimeOnly, ReplaceAttr: harmless}), sources: sources}
}

// WithAttrs implements slog.Handler. Pages share functions, so the name of one says
// nothing to who knows the pages.
func (t *terminal) WithAttrs(attrs []slog.Attr) slog.Handler {
	if t.sources != nil {
		attrs = slices.DeleteFunc(slices.Clone(attrs), func(a slog.Attr) bool { return a.Key == "function" })
	}
	return &terminal{t.Handler.WithAttrs(attrs), t.sources, true}
}

// WithGroup implements slog.Handler.
func (t *terminal) WithGroup(name string) slog.Handler {
	return &terminal{t.Handler.WithGroup(name), t.sources, true}
}

// Handle implements slog.Handler.
func (t *terminal) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == host.RequestMessage && !t.derived {
		return t.Handler.Handle(ctx, t.request(r))
	}
	short := slog.NewRecord(r.Time, r.Level, r.Message, 0)
	for a := range r.Attrs {
		switch a.Key {
		case "id", "stream":
		case "stack":
			short.Message += "\n" + a.Value.String()
		default:
			short.AddAttrs(a)
		}
	}
	// What is not at the beginning of a line cannot pass for a record.
	short.Message = strings.ReplaceAll(short.Message, "\n", "\n  ")
	return t.Handler.Handle(ctx, short)
}

// request says method, path, status, time, state of the cache, and what responded; apart
// from that, how long its process took to start:
//
//	GET /blog/hello 200 1.2ms MISS pages/blog/slug_/page.go, started in 6.1ms
func (t *terminal) request(r slog.Record) slog.Record {
	var method, path, status, cache, output, function string
	var took, start time.Duration
	line := slog.NewRecord(r.Time, r.Level, "", 0)
	for a := range r.Attrs {
		switch a.Key {
		case "method":
			method = a.Value.String()
		case "path":
			path = a.Value.String()
		case "status":
			status = a.Value.String()
		case "duration":
			took = a.Value.Duration()
		case "start":
			start = a.Value.Duration()
		case "cache":
			cache = a.Value.String()
		case "output":
			output = a.Value.String()
		case "function":
			function = "/" + output
		case "error":
			line.AddAttrs(a)
		}
	}
	parts := []string{method, path, status, shortDuration(took - start), cache, cmp.Or(t.sources[output], function)}
	line.Message = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	if start > 0 {
		line.Message += ", started in " + shortDuration(start)
	}
	return line
}

// shortDuration has no more digits than anyone reads.
func shortDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// harmless replaces what could change the terminal: functions log what visitors
// send.
func harmless(_ []string, a slog.Attr) slog.Attr {
	var text string
	switch a.Value.Kind() {
	case slog.KindString:
		text = a.Value.String()
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case nil, slog.Level:
			return a
		case error:
			text = v.Error()
		case encoding.TextMarshaler:
			data, err := v.MarshalText()
			if err != nil {
				return a
			}
			text = string(data)
		default:
			text = fmt.Sprint(v)
		}
	default:
		return a
	}
	a.Value = slog.StringValue(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, text))
	return a
}

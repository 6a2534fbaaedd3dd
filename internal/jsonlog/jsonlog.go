// Package jsonlog writes the records of a log as slog.JSONHandler does, the same bytes, in a
// fraction of the time where a record is as plain as that of a request.
package jsonlog

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// handler writes plain records itself and leaves the others to slog's.
type handler struct {
	slog.Handler
	out io.Writer
}

// New returns a handler that writes records of level INFO and above to out, each by one
// call of Write, of which there may be several at once.
func New(out io.Writer) slog.Handler {
	return &handler{slog.NewJSONHandler(out, nil), out}
}

// kept is the size of buffers that are kept, in bytes.
const kept = 4 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	buffer := buffers.Get().(*[]byte)
	line, plain := appendRecord((*buffer)[:0], &r)
	var err error
	if plain {
		_, err = h.out.Write(line)
	} else {
		err = h.Handler.Handle(ctx, r)
	}
	if cap(line) <= kept {
		*buffer = line
		buffers.Put(buffer)
	}
	return err
}

// appendRecord appends the line of a record. It reports whether the record is plain; if not,
// what it appends is worthless.
func appendRecord(b []byte, r *slog.Record) (line []byte, plain bool) {
	if y := r.Time.Year(); r.Time.IsZero() || y < 0 || y > 9999 || !isPlain(r.Message) {
		return b, false
	}
	b = append(b, `{"time":"`...)
	b = r.Time.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"`...)
	b = append(b, r.Level.String()...)
	b = append(b, `","msg":"`...)
	b = append(b, r.Message...)
	b = append(b, '"')
	plain = true
	r.Attrs(func(a slog.Attr) bool {
		if plain = a.Key != "" && isPlain(a.Key); !plain {
			return false
		}
		b = append(b, `,"`...)
		b = append(b, a.Key...)
		b = append(b, `":`...)
		switch v := a.Value; v.Kind() {
		case slog.KindInt64:
			b = strconv.AppendInt(b, v.Int64(), 10)
		case slog.KindDuration:
			b = strconv.AppendInt(b, int64(v.Duration()), 10)
		case slog.KindString:
			s := v.String()
			plain = isPlain(s)
			b = append(append(append(b, '"'), s...), '"')
		default:
			plain = false
		}
		return plain
	})
	return append(b, "}\n"...), plain
}

// isPlain reports whether a text is in JSON as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// feed is a connection that asks for the same again and again, and a listener for it. It is
// in memory: what is measured is the work of the programs and not of the system.
type feed struct {
	net.Conn
	text     string
	left     int           // requests
	past     chan struct{} // a read is to end
	accepted bool
	ended    chan struct{}
}

func newFeed(n int, more string) *feed {
	text := "GET /page HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: feed\r\nAccept: */*\r\n" + more + "\r\n"
	return &feed{text: text, left: n, past: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Accept implements net.Listener: there is one connection.
func (f *feed) Accept() (net.Conn, error) {
	if !f.accepted {
		f.accepted = true
		return f, nil
	}
	<-f.ended
	return nil, net.ErrClosed
}

// Read implements net.Conn. Package net/http reads a byte to notice that a visitor leaves.
func (f *feed) Read(p []byte) (int, error) {
	switch {
	case len(p) == 1:
		<-f.past
		return 0, os.ErrDeadlineExceeded
	case f.left == 0:
		close(f.ended)
		return 0, io.EOF
	}
	f.left--
	return copy(p, f.text), nil
}

func (f *feed) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && t.Before(time.Now()) {
		f.past <- struct{}{}
	}
	return nil
}

func (f *feed) Write(p []byte) (int, error)        { return len(p), nil }
func (f *feed) SetWriteDeadline(t time.Time) error { return nil }
func (f *feed) SetDeadline(t time.Time) error      { return nil }
func (f *feed) Addr() net.Addr                     { return f.LocalAddr() }
func (f *feed) LocalAddr() net.Addr                { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 3000} }
func (f *feed) RemoteAddr() net.Addr               { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }
func (f *feed) Close() error                       { return nil }

// BenchmarkWork is the work of a response of 10 KB besides what the system does, of the host
// and of a handler that does the same by hand: nanoseconds by turns, and allocations.
func BenchmarkWork(b *testing.B) {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	file := benchFiles(b, map[string]string{"config.json": `{"version":3}`, "static/page": page10K})
	stored := puppetFiles(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page10K)
	})
	for _, bench := range []struct{ name, dir, header string }{
		{"file", file, ""}, {"stored", stored, ""}, {"compressed", stored, "Accept-Encoding: gzip, deflate, br, zstd\r\n"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			out, err := output.Read(bench.dir)
			if err != nil {
				b.Fatal(err)
			}
			d, err := New(out, Options{Log: log})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close(b.Context())
			host, plain := &worker{handler: NewServer(d), header: bench.header}, &worker{handler: byHand(log), header: bench.header}
			host.turn() // it is stored now
			host.took = nil
			for b.Loop() {
				host.turn()
				plain.turn()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(host.median(), "host-ns")
			b.ReportMetric(plain.median(), "byhand-ns")
			b.ReportMetric(plain.median()/host.median(), "of-byhand")
			b.ReportMetric(host.allocations, "host-allocs")
			b.ReportMetric(plain.allocations, "byhand-allocs")
		})
	}
}

// worker is a handler that is asked again and again.
type worker struct {
	handler     http.Handler
	header      string    // of requests
	took        []float64 // for each turn, nanoseconds a request
	allocations float64   // a request, in the last turn
}

func (w *worker) turn() {
	const n = 500
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f := newFeed(n, w.header)
	limited := limitListener(f, 10)
	(&http.Server{ // as Serve has it
		Handler: w.handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ConnState: limited.note, ConnContext: joinWrites,
	}).Serve(limited)
	w.took = append(w.took, float64(time.Since(start))/n)
	runtime.ReadMemStats(&after)
	w.allocations = float64(after.Mallocs-before.Mallocs) / n
}

func (w *worker) median() float64 {
	slices.Sort(w.took)
	return w.took[len(w.took)/2]
}

func byHand(log *slog.Logger) http.Handler {
	body := []byte(page10K)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		var random [6]byte
		rand.Read(random[:])
		id := "iad1::0000-" + strconv.FormatInt(start.UnixMilli(), 10) + "-" + hex.EncodeToString(random[:])
		h := w.Header()
		for name, value := range sameHeader {
			h[name] = value
		}
		h["X-Vercel-Id"] = []string{id}
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
		w.Write(body)
		log.LogAttrs(context.Background(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.Int("status", http.StatusOK),
			slog.Duration("duration", time.Since(start)), slog.Int("bytes", len(body)), slog.String("cache", "HIT"),
			slog.String("output", "page"), slog.String("id", id))
	})
}

var sameHeader = http.Header{
	"Accept-Ranges": {"bytes"}, "Age": {"10"}, "Cache-Control": {defaultCacheControl}, "Content-Type": {"text/html; charset=utf-8"},
	"Etag": {`"` + strings.Repeat("0", 32) + `"`}, "Vary": {"Accept-Encoding"}, "X-Vercel-Cache": {"HIT"},
}

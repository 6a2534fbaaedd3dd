// Command likewise is a net/http server that does by hand what the host does for a
// response that is in memory: the same bytes, the same headers, one of them with an id of
// its own, and the same line of a log.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	page "github.com/jargo-dev/jargo/bench/fresh/pages"
)

// response is what is responded with, as JSON in the file that is the first argument.
type response struct {
	Header http.Header
	Body   string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var same response
	if err := json.Unmarshal(data, &same); err != nil {
		return err
	}
	fixed := []byte(same.Body)
	body := func(*http.Request) []byte { return fixed }
	if len(os.Args) > 2 {
		body = func(r *http.Request) []byte { return []byte(page.Render(page.Data(r))) }
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		var random [6]byte
		rand.Read(random[:])
		id := "iad1::0000-" + strconv.FormatInt(start.UnixMilli(), 10) + "-" + hex.EncodeToString(random[:])
		h := w.Header()
		for name, values := range same.Header {
			h[name] = values
		}
		text := body(r)
		h["X-Vercel-Id"] = []string{id}
		h["Content-Length"] = []string{strconv.Itoa(len(text))}
		w.Write(text)
		log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.Int("status", http.StatusOK),
			slog.Duration("duration", time.Since(start)), slog.Int("bytes", len(text)), slog.String("cache", "HIT"),
			slog.Int("route", 0), slog.String("output", "page.html"), slog.String("id", id))
	}))
}

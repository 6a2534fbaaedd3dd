package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var largeFile = bytes.Repeat([]byte("a large file\n"), 20_000)

// visit is a kind of request, and what may come of it.
type visit struct {
	name   string
	path   string // what stands for * differs each time
	upload bool   // POST, with a body
	header string // "name: value"
	status int
	body   string // is in the answer
	// kills is how often functions must have been killed meanwhile for the host
	// to answer that they failed, or to break an answer off; 0 is never.
	kills int
	// busy says that the host may ask to come back later.
	busy bool
}

// visits are what is asked, and all that is permitted. Besides that, a connection
// may be closed that has no request: because it has had an answer, or because the
// first one does not come in time.
var visits = []visit{
	{name: "build page", path: "/?*", status: 200, body: "At home"},
	{name: "file", path: "/file.txt?*", status: 200, body: "a file"},
	{name: "large file", path: "/large.txt", status: 200, body: string(largeFile)},
	{name: "file the visitor has", path: "/file.txt", header: "If-None-Match: *", status: 304},
	{name: "other spelling", path: "/index.html", status: 308},
	{name: "no such page", path: "/none/*", status: 404, body: "Not here"},
	{name: "kept page", path: "/kept?*", status: 200, body: "<h1>Kept</h1>"},
	{name: "kept page of the group", path: "/live/one?*", status: 200, body: "<h1>one</h1>"},
	{name: "kept page with a parameter", path: "/live/two", status: 200, body: "<h1>two</h1>"},
	{name: "new page", path: "/live/*", status: 200, body: "<h1>", kills: 2, busy: true},
	{name: "new query", path: "/search?q=*", status: 200, body: "<h1>q=", kills: 2, busy: true},
	{name: "fresh page", path: "/fresh?of=1&*", status: 200, body: "GET 0", kills: 2},
	{name: "long fresh page", path: "/fresh?of=300", status: 200, body: "GET 0", kills: 1},
	{name: "upload", path: "/fresh", upload: true, status: 200, body: "POST ", kills: 1, busy: true},
}

// well is the outcome of a request that was answered as if nothing were wrong.
const well = "as ever"

// request is a visitor's next request: a name of the host of their choice, bodies
// from nothing to 600 KB.
func (v *visit) request(t *testing.T, url string, rng *rand.Rand) *http.Request {
	word := fmt.Sprintf("%x", rng.Uint64())
	r, err := http.NewRequest(http.MethodGet, url+strings.ReplaceAll(v.path, "*", word), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.upload {
		r.Method = http.MethodPost
		size := rng.IntN(1 << (3 + rng.IntN(17)))
		r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, int64(size))), int64(size)
		if rng.IntN(2) == 0 {
			r.ContentLength = -1 // in chunks
		}
	}
	if name, value, ok := strings.Cut(v.header, ": "); ok {
		r.Header.Set(name, value)
	}
	if rng.IntN(4) == 0 {
		r.Host = word + ".example"
	}
	return r
}

type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// outcome is what came of a request.
type outcome struct {
	begun time.Time
	idle  bool // the connection was without a request for some time
	resp  *http.Response
	body  string
	err   error // also of the body
}

// judge fails the test when an outcome is not permitted.
func (c *chaos) judge(v *visit, o outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	killed := 0
	for _, at := range c.kills {
		if at.Add(noticed).After(o.begun) {
			killed++
		}
	}
	result := ""
	switch {
	case o.err != nil && o.resp == nil && o.idle:
		result = "the connection was closed while it was idle"
	case o.err != nil && o.resp != nil && v.kills > 0 && killed > 0:
		result = "broken off"
	case o.err != nil:
	case o.resp.StatusCode == v.status && strings.Contains(o.body, v.body):
		result = well
	case o.resp.StatusCode == 503 && v.busy && o.resp.Header.Get("Retry-After") != "":
		result = "come back later"
	case (o.resp.StatusCode == 500 || o.resp.StatusCode == 502) && v.kills > 0 && killed >= v.kills:
		result = "the function failed"
	}
	c.outcomes[v.name+": "+result]++
	if result != "" {
		return
	}
	if c.failures++; c.failures > 20 {
		return // they are counted
	}
	status := ""
	if o.resp != nil {
		status = fmt.Sprint(o.resp.Status, " ", o.resp.Header)
	}
	c.t.Errorf("%s, after %v, %d kills: %s %v, body %.80q", v.name, time.Since(o.begun), killed, status, o.err, o.body)
}

// greeting is how long a connection may take at least until it has sent the head of
// a request.
const greeting = 200 * time.Millisecond

// noticed is until when after a kill the host may take the process for alive.
const noticed = 500 * time.Millisecond

// behaviour is how the i-th client goes about it.
func (c *chaos) behaviour(i int) func(context.Context, *rand.Rand) {
	switch i % 16 {
	case 8, 9, 10, 11, 12:
		return func(ctx context.Context, rng *rand.Rand) { c.ask(ctx, rng, true) }
	case 13:
		return c.askSlowly
	case 14, 15:
		return c.leave
	default:
		return func(ctx context.Context, rng *rand.Rand) { c.ask(ctx, rng, false) }
	}
}

// ask asks for one thing after the other, on one connection or on a new one each
// time.
func (c *chaos) ask(ctx context.Context, rng *rand.Rand, anew bool) {
	var inTime atomic.Bool
	transport := &http.Transport{DisableKeepAlives: anew, DisableCompression: rng.IntN(2) == 0, ResponseHeaderTimeout: time.Minute,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			begun := time.Now()
			conn, err := c.dial()
			return &greetingConn{Conn: conn, begun: begun, inTime: &inTime}, err
		}}
	defer transport.CloseIdleConnections()
	for ctx.Err() == nil {
		v := &visits[rng.IntN(len(visits))]
		o := outcome{begun: time.Now()}
		inTime.Store(false)
		r := v.request(c.t, c.url, rng)
		if o.resp, o.err = transport.RoundTrip(r); o.err == nil {
			o.body, o.err = read(o.resp)
		}
		o.idle = !inTime.Load()
		c.judge(v, o)
	}
}

// greetingConn notes whether what is first written on it is written in time.
type greetingConn struct {
	net.Conn
	begun  time.Time
	inTime *atomic.Bool
	later  bool
}

// Write implements io.Writer.
func (g *greetingConn) Write(p []byte) (int, error) {
	n, err := g.Conn.Write(p)
	if !g.later {
		g.later = true
		g.inTime.Store(err == nil && time.Since(g.begun) < greeting)
	}
	return n, err
}

// askSlowly sends requests piece by piece, and reads the answers so.
func (c *chaos) askSlowly(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		v := &visits[rng.IntN(len(visits))]
		var text bytes.Buffer
		if err := v.request(c.t, c.url, rng).Write(&text); err != nil {
			c.t.Error(err)
			return
		}
		o := outcome{begun: time.Now()}
		conn, err := c.dial()
		if err != nil {
			o.err = err
			c.judge(v, o)
			continue
		}
		head := bytes.Index(text.Bytes(), []byte("\r\n\r\n")) + 4
		_, err = conn.Write(text.Next(head))
		o.idle = err != nil || time.Since(o.begun) > greeting
		var sent sync.WaitGroup
		sent.Go(func() {
			for text.Len() > 0 {
				time.Sleep(time.Millisecond)
				if _, err := conn.Write(text.Next(32 << 10)); err != nil {
					return // there may still be an answer
				}
			}
		})
		if o.resp, o.err = http.ReadResponse(bufio.NewReader(slowReader{conn}), nil); o.err == nil {
			o.body, o.err = read(o.resp)
		}
		conn.Close()
		sent.Wait()
		c.judge(v, o)
	}
}

type slowReader struct{ net.Conn }

// Read implements io.Reader.
func (r slowReader) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return r.Conn.Read(p[:min(len(p), 16<<10)])
}

// leave sends requests and hangs up: before the answer, in the middle of it, or in
// the middle of the request.
func (c *chaos) leave(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		v := &visits[rng.IntN(len(visits))]
		var text bytes.Buffer
		if err := v.request(c.t, c.url, rng).Write(&text); err != nil {
			c.t.Error(err)
			return
		}
		conn, err := c.dial()
		if err != nil {
			c.t.Error(err)
			return
		}
		if rng.IntN(3) == 0 {
			text.Truncate(rng.IntN(text.Len()))
		}
		conn.Write(text.Bytes())
		if rng.IntN(3) > 0 {
			conn.SetReadDeadline(time.Now().Add(time.Duration(rng.IntN(20)) * time.Millisecond))
			io.CopyN(io.Discard, conn, rng.Int64N(100_000))
		}
		conn.Close()
	}
}

func (c *chaos) dial() (net.Conn, error) {
	return net.DialTimeout("tcp", strings.TrimPrefix(c.url, "http://"), time.Minute)
}

func read(resp *http.Response) (string, error) {
	body, err := io.ReadAll(resp.Body)
	return string(body), errors.Join(err, resp.Body.Close())
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := read(resp)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

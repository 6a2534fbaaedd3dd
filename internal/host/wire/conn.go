package wire

import (
	"context"
	"net/http"
	"slices"
)

// Joiner is a connection that can send the head of a response and the body by one call of
// the system, of which a response of some kilobytes costs most. Package net/http fills a
// buffer with the head and the first of the body, writes that, and then the rest.
type Joiner interface {
	// Head has lines of the response that is written next follow its status line. Each
	// ends with CRLF, and they do not change until then.
	Head(lines []byte)
	// Join has the next write wait for the one after it, which is certain to come: net/http
	// writes a full buffer when there is more than fits into it.
	Join()
	// Part ends that for writes to come.
	Part()
}

// conn is what the responses on a connection share, one after the other.
type conn struct {
	Joiner // nil if the connection has no such abilities

	// Of the response under way, with a Joiner:
	header http.Header
	values []string // memory for some of header
	names  []string // sorted
	lines  []byte

	// The encodings that were accepted last, and by what Accept-Encoding.
	accepted  string
	encodings []string
}

// chooseEncoding returns the name of the encoding that the visitor prefers, of those that
// this program can make and those that are made; "" for none. A browser says the same each
// time.
func (w *Writer) chooseEncoding(made map[string][]byte) string {
	c, accept := w.conn, w.r.Header["Accept-Encoding"]
	if len(accept) == 1 && c.accepted == accept[0] && c.accepted != "" {
		return firstEncoding(c.encodings, made)
	}
	names := acceptedEncodings(w.r.Header)
	if len(accept) == 1 && len(accept[0]) <= keptAccepted {
		c.accepted, c.encodings = accept[0], names
	}
	return firstEncoding(names, made)
}

// set sets a header. The memory of its value lasts until the next response.
func (c *conn) set(name, value string) {
	if c.values == nil {
		c.values = make([]string, 0, 8)
	}
	c.values = append(c.values, value)
	n := len(c.values)
	c.header[name] = c.values[n-1 : n : n]
}

type connKey struct{}

// WithJoiner returns a context for the requests of a connection. They must be passed to
// NewWriter with the http.ResponseWriter of package net/http itself.
func WithJoiner(ctx context.Context, j Joiner) context.Context {
	return context.WithValue(ctx, connKey{}, &conn{Joiner: j, header: http.Header{}})
}

// What is kept with a connection between its requests is small, in bytes.
const (
	keptLines    = 2 << 10
	keptAccepted = 100
)

// connOf returns what the response to r shares with those before it.
func connOf(w http.ResponseWriter, r *http.Request) *conn {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		return c
	}
	return &conn{header: w.Header()}
}

// end forgets the headers of a response, which the server has.
func (c *conn) end() {
	switch {
	case c.Joiner == nil: // they are the server's
	case c.lines == nil: // they were many
		c.header, c.values = http.Header{}, nil
	default:
		clear(c.header)
		clear(c.values)
		c.values = c.values[:0]
	}
}

// sendHeader has the server send the headers of a response. It would copy, sort and check
// them: it only gets those from which it tells what to do, and those that it may have to
// correct.
func (c *conn) sendHeader(server http.Header) {
	if c.Joiner == nil {
		return // they are the server's
	}
	c.names, c.lines = c.names[:0], c.lines[:0]
	for name, values := range c.header {
		if ofServer(name) || !isPlain(name, values) {
			server[name] = values
		} else {
			c.names = append(c.names, name)
		}
	}
	slices.Sort(c.names)
	for _, name := range c.names {
		for _, value := range c.header[name] {
			c.lines = append(append(append(append(c.lines, name...), ": "...), value...), "\r\n"...)
		}
	}
	if len(c.lines) <= keptLines {
		c.Head(c.lines)
		return
	}
	for _, name := range c.names {
		server[name] = c.header[name]
	}
	c.names, c.lines = nil, nil
}

// ofServer reports whether package net/http looks at a header of a response.
func ofServer(name string) bool {
	switch name {
	case "Connection", "Content-Length", "Content-Type", "Date", "Trailer", "Transfer-Encoding":
		return true
	}
	return false
}

// isPlain reports whether a header can be sent as it is.
func isPlain(name string, values []string) bool {
	for i := range len(name) {
		if c := name[i]; c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	for _, v := range values {
		if v != "" && (v[0] == ' ' || v[len(v)-1] == ' ') {
			return false
		}
		for i := range len(v) {
			if v[i] < ' ' || v[i] == 0x7f {
				return false
			}
		}
	}
	return name != ""
}

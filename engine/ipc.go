package engine

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// This file speaks the protocol between the platform and a program of runtime
// "executable", as the vendor's own runtimes do: messages of JSON, each ended
// by a NUL byte, from the function to the host. Requests come by HTTP. server.go
// sends server-started and unrecoverable-error, an invocationWriter the end.
//
// Why it is done so: docs/decisions/0002-our-own-ipc-server.md.

// invocation names a request to the host. The zero value is no request.
type invocation struct {
	InvocationID string `json:"invocationId"`
	RequestID    uint64 `json:"requestId"`
}

type message struct {
	Type    string `json:"type"`
	Payload any    `json:"payload"`
}

type startedPayload struct {
	InitDuration int64 `json:"initDuration"` // milliseconds
	HTTPPort     int   `json:"httpPort"`
}

type endPayload struct {
	Context invocation `json:"context"`
}

type logPayload struct {
	Context invocation `json:"context"`
	Message string     `json:"message"` // base64
	Level   string     `json:"level"`
}

type errorPayload struct {
	ExitCode int    `json:"exitCode"`
	Message  string `json:"message"`
}

// hostConn is the connection to the host.
type hostConn struct {
	mu      sync.Mutex
	conn    net.Conn
	started bool // server-started is sent; before it the host takes no log
}

// send writes a message. Without a host to hear it there is nothing to be done
// about an error.
func (h *hostConn) send(kind string, payload any) {
	b, err := json.Marshal(message{kind, payload})
	if err != nil {
		return // not with the payloads above
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conn.Write(append(b, 0))
	h.started = h.started || kind == "server-started"
}

// whenGone calls stop when the host has died without stopping the function: the
// connection is closed and the parent is another. A closed connection alone
// says nothing, for the protocol does not ask the host to keep it open.
func (h *hostConn) whenGone(parent int, stop func()) {
	io.Copy(io.Discard, h.conn) // the host sends nothing
	untilOrphaned(parent)
	stop()
}

// untilOrphaned returns when the program's parent has died. Systems tell a
// process nothing of its parent's end that could be awaited.
func untilOrphaned(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
}

type invocationKey struct{}

const (
	internalPrefix = "X-Vercel-Internal-"
	cachePrefix    = "X-Vercel-Sc-"
	oidcToken      = "X-Vercel-Oidc-Token"
)

// takeInternal removes from h the headers that are for the runtime and not for
// the page, and returns the invocation they name, if any.
func takeInternal(h http.Header) (inv invocation, ok bool) {
	inv.InvocationID = h.Get(internalPrefix + "Invocation-Id")
	// The host sends a decimal number; anything else is echoed as 0.
	inv.RequestID, _ = strconv.ParseUint(h.Get(internalPrefix+"Request-Id"), 10, 64)
	if token := h.Get(internalPrefix + "Oidc-Token"); token != "" && h.Get(oidcToken) == "" {
		h.Set(oidcToken, token)
	}
	noLeak := h.Get(cachePrefix+"No-Header-Leak") != ""
	for name := range h {
		switch {
		case strings.HasPrefix(name, internalPrefix),
			noLeak && strings.HasPrefix(name, cachePrefix),
			name == cachePrefix+"Runtime-Cache":
			delete(h, name)
		}
	}
	return inv, inv.InvocationID != ""
}

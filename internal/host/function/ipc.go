package function

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// maxMessage bounds an IPC message, in bytes.
const maxMessage = 4 << 20

// message is what a function writes on its IPC socket: a JSON object, then a
// NUL byte.
type message struct {
	Type    string `json:"type"`
	Payload struct {
		HTTPPort int    `json:"httpPort"` // server-started
		Message  string `json:"message"`  // log: base64; unrecoverable-error
		Stream   string `json:"stream"`   // log: stdout or stderr, or else it has a level
		Level    string `json:"level"`    // log
		ExitCode int    `json:"exitCode"` // unrecoverable-error
		Context  struct {
			InvocationID string `json:"invocationId"`
		} `json:"context"` // log, end
	} `json:"payload"`
}

// acceptIPC accepts the process's IPC connections until it exits.
func (in *instance) acceptIPC() {
	for {
		conn, err := in.socket.Accept()
		if err != nil {
			return
		}
		go in.readIPC(conn)
	}
}

// readIPC reads messages from one connection, up to the first that is malformed. After
// that the process may go on serving requests, but if it was not ready, it never will
// be. One that is too long is passed over: a function may log what a visitor has sent.
func (in *instance) readIPC(conn net.Conn) {
	defer conn.Close()
	defer in.logged.flush()
	err := readMessages(conn, in.handle, in.finished, func() {
		in.log.Warn("a message of the function is too long, and is dropped", "most", maxMessage)
	})
	if err != nil && !errors.Is(err, net.ErrClosed) {
		in.log.Warn("not an IPC message from the function", "error", err)
		in.setReady(0, err)
	}
}

// readMessages calls handle for every message on r, in order, or finished with the
// invocation's ID for an end message without spaces, which it does not need to parse.
// It calls dropped for one that is too long.
func readMessages(r io.Reader, handle func(message), finished func(id string), dropped func()) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxMessage)
	scanner.Split(splitNUL(dropped))
	for scanner.Scan() {
		if bytes.Contains(scanner.Bytes(), endOfRequest) {
			if _, id, ok := bytes.Cut(scanner.Bytes(), invocationKey); ok {
				id, _, _ = bytes.Cut(id, []byte(`"`))
				finished(string(id))
				continue
			}
		}
		var m message
		if err := json.Unmarshal(scanner.Bytes(), &m); err != nil {
			return fmt.Errorf("read IPC message: %w", err)
		}
		handle(m)
	}
	return scanner.Err()
}

// endOfRequest is part of the end message that every request causes. Within a string
// its quotes would be escaped.
var endOfRequest = []byte(`"type":"end"`)

// invocationKey precedes the invocation's ID.
var invocationKey = []byte(`"invocationId":"`)

// splitNUL returns what splits messages at their NUL bytes, and calls dropped for one
// that it passes over because there is no room for it.
func splitNUL(dropped func()) bufio.SplitFunc {
	tooLong := false // the message that is being read
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		i := bytes.IndexByte(data, 0)
		switch {
		case i >= 0 && tooLong:
			tooLong = false
			return i + 1, nil, nil
		case i >= 0:
			return i + 1, data[:i], nil
		case len(data) >= maxMessage && !tooLong:
			tooLong = true
			dropped()
		case !atEOF && !tooLong:
			return 0, nil, nil
		}
		return len(data), nil, nil // at the end, an incomplete message is dropped
	}
}

func (in *instance) handle(m message) {
	switch p := m.Payload; m.Type {
	case "server-started":
		if p.HTTPPort < 1 || p.HTTPPort > 65535 {
			in.setReady(0, fmt.Errorf("announces port %d", p.HTTPPort))
			return
		}
		in.setReady(p.HTTPPort, nil)
	case "unrecoverable-error":
		if in.up.Load() {
			in.log.Error("function gives up", "error", p.Message, "exit", p.ExitCode)
		}
		in.setReady(0, fmt.Errorf("gives up: %s", p.Message)) // which says it of one that was not ready
	case "log":
		in.logged.message(p.Message, origin{p.Stream, p.Level, requestOf(p.Context.InvocationID)})
	case "end":
		in.finished(p.Context.InvocationID)
	}
	// handler-started and metric are for billing. end only matters for abandoned
	// invocations.
}

// newInvocationID returns an ID that tells its request: what the function logs may
// come when the response is over and nothing is kept of it.
func newInvocationID(request string, count uint64) string {
	return request + invocationSeparator + strconv.FormatUint(count, 10)
}

// invocationSeparator is in no number, so the last one ends the request's id.
const invocationSeparator = "."

// requestOf returns the id of the request that an invocation is of, "" for "0", which
// is none.
func requestOf(invocation string) string {
	i := strings.LastIndex(invocation, invocationSeparator)
	return invocation[:max(i, 0)]
}

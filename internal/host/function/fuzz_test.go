package function

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
)

// FuzzMessages reads anything as IPC messages.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("{\"type\":\"server-started\",\"payload\":{\"initDuration\":12,\"httpPort\":3000}}\x00{\"type\":\"end\",\"payload\":{\"context\":{}}}\x00"))
	f.Add([]byte("{\"type\":\"log\",\"payload\":{\"message\":\"aGk=\",\"stream\":\"stdout\"}}\x00"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n\x00\x00"))
	f.Add([]byte("{\"type\":"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		readMessages(bytes.NewReader(data), func(message) { n++ }, func(string) { n++ }, func() {})
		if n > bytes.Count(data, []byte{0}) {
			t.Errorf("%d messages of %d ends", n, bytes.Count(data, []byte{0}))
		}
	})
}

// FuzzResult reads anything as the result of an invocation.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":["b","c"],"d":"e"},"encoding":"base64","body":"aGVsbG8="}`))
	f.Add([]byte(`{"statusCode":200,"body":5}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		resp, err := decodeResult(data, &http.Request{Method: "GET"})
		if (resp == nil) == (err == nil) {
			t.Errorf("response %v with error %v", resp, err)
		}
		if err == nil && (resp.StatusCode < 200 || resp.StatusCode > 599) {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
}

// FuzzResponse reads anything as the response of a function: it is valid or an error,
// and the connection is not reused if something is left on it.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nmore", "HTTP/1.0 200 OK\r\n\r\nuntil the end", "HTTP/1.1 999 X\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &conns{idleCount: &counter{limit: 100}, dial: func(context.Context) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				defer there.Close()
				if _, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
					there.Write(data)
				}
			}()
			return here, nil
		}}
		defer c.close()
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://function/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.roundTrip(req, func(bool) {})
		if err != nil {
			return
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols || resp.StatusCode > 599 {
			t.Errorf("status %d", resp.StatusCode)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if err == nil && resp.ContentLength >= 0 && n != resp.ContentLength && resp.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("%d bytes of %d", n, resp.ContentLength)
		}
		resp.Body.Close()
		if len(c.idle) > 0 && c.idle[0].r.Buffered() > 0 {
			t.Error("a connection with something on it is kept")
		}
	})
}

// FuzzOutput reads anything as the output of a process: each record is
// valid, and something has one.
func FuzzOutput(f *testing.F) {
	f.Add([]byte(`{"time":"2029-01-02T03:04:05.5Z","level":30,"msg":"x","a":[1,{"b":null}],"c":1e999}` + "\n{\"msg\":\n"))
	f.Add([]byte(goPanic + "more\n" + pythonChained))
	f.Fuzz(func(t *testing.T, data []byte) {
		said := recordsOf(func(o *outputLog) {
			s := newStream(o, "stdout")
			s.Write(data)
			s.close()
		})
		for _, line := range said {
			if line != "" && !json.Valid([]byte(line)) {
				t.Errorf("the record is %s", line)
			}
		}
		if len(data) > 0 && said[0] == "" {
			t.Error("there is no record")
		}
	})
}

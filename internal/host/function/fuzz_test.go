package function

import (
	"bytes"
	"net/http"
	"testing"
)

// FuzzMessages reads anything as what a function writes on its socket.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("{\"type\":\"server-started\",\"payload\":{\"initDuration\":12,\"httpPort\":3000}}\x00{\"type\":\"end\",\"payload\":{\"context\":{}}}\x00"))
	f.Add([]byte("{\"type\":\"log\",\"payload\":{\"message\":\"aGk=\",\"stream\":\"stdout\"}}\x00"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n\x00\x00"))
	f.Add([]byte("{\"type\":"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		readMessages(bytes.NewReader(data), func(message) { n++ }, func(string) { n++ })
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

package function

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
)

// TestLongMessage has a function log more than a message can be: what comes after it
// is heard.
func TestLongMessage(t *testing.T) {
	for _, size := range []int{maxMessage - 1, maxMessage, maxMessage + 1, 3 * maxMessage} {
		long := `{"type":"log","payload":{"level":"info","message":"` + strings.Repeat("x", size) + "\"}}\x00"
		after := `{"type":"log","payload":{"level":"info","message":"after"}}` + "\x00"
		function, host := net.Pipe()
		var got []string
		ended := make(chan error, 1)
		dropped := 0
		go func() {
			defer host.Close()
			ended <- readMessages(host, func(m message) { got = append(got, m.Payload.Message) }, func(string) {}, func() { dropped++ })
		}()
		for range 2 {
			if _, err := fmt.Fprint(function, long+after); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
		function.Close()
		if err := <-ended; err != nil || !slices.Equal(got, []string{"after", "after"}) || dropped != 2 {
			t.Errorf("%d bytes: %d messages, of which %d are dropped, %v", size, len(got), dropped, err)
		}
	}
}

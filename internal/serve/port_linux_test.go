package serve

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

// TestListenInUse listens where this process does already.
func TestListenInUse(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, err = Listen(t.Context(), l.Addr().String())
		if err == nil {
			t.Fatalf("%s is listened on twice", l.Addr())
		}
		name, errName := os.ReadFile("/proc/self/comm")
		if errName != nil {
			t.Fatal(errName)
		}
		want := fmt.Sprintf("listen tcp %s: bind: address already in use\n    it is used by %q, process %d\n    choose another address: --addr localhost:0 picks a free port",
			l.Addr(), strings.TrimSpace(string(name)), os.Getpid())
		if err.Error() != want {
			t.Errorf("%s\nwant\n%s", err, want)
		}
	}
}

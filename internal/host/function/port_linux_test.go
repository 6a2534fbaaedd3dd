package function

import (
	"bufio"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// TestReservedPort has processes listen on a port reserved for them, as those of each
// runtime do.
func TestReservedPort(t *testing.T) {
	for _, tt := range []struct{ program, flag, text string }{
		{"node", "-e", "require('net').createServer().listen(process.argv[1], '127.0.0.1', () => console.log('listening'))"},
		{"python3", "-c", "import socket, sys\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nprint('listening', flush=True)\ninput()"},
	} {
		port, release, err := reservePort()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), tt.program, tt.flag, tt.text, port)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "listening\n" {
			t.Errorf("%s says %q: %s", tt.program, line, stderr.String())
		}
		release()
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Errorf("%s: %v", tt.program, err)
		} else {
			conn.Close()
		}
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	}
	port, release, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	seen := map[string]bool{port: true}
	for range 100 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		_, other, _ := net.SplitHostPort(ln.Addr().String())
		if seen[other] {
			t.Fatalf("port %s is given to two", other)
		}
		seen[other] = true
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal("the one it is for: ", err)
	}
	ln.Close()
}

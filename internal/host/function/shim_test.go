package function

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestShimsEndWithTheHost closes the IPC connection, as the kernel does when the host
// is killed.
func TestShimsEndWithTheHost(t *testing.T) {
	for _, tt := range []struct{ program, shim, argument, file, text string }{
		{"node", "node.mjs", `{"handler":"index.mjs","launcherType":"Nodejs"}`, "index.mjs", "export default () => {}"},
		{"python3", "python.py", "index.handler", "index.py", "def handler(event, context): pass"},
	} {
		t.Run(tt.program, func(t *testing.T) {
			program, err := exec.LookPath(tt.program)
			if err != nil && os.Getenv("CI") == "" {
				t.Skip(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			shim, err := filepath.Abs(filepath.Join("shim", tt.shim))
			if err != nil {
				t.Fatal(err)
			}
			sockets, err := os.MkdirTemp("", "jargo-") // t.TempDir's name may be too long for a socket
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(sockets)
			socket, err := net.Listen("unix", filepath.Join(sockets, "s"))
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			cmd := exec.Command(program, shim, tt.argument)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "VERCEL_IPC_PATH="+socket.Addr().String())
			cmd.Stderr = t.Output()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			conn, err := socket.Accept()
			if err != nil {
				t.Fatal(err)
			}
			ready := make([]byte, len(`{"type":`))
			if _, err := io.ReadFull(conn, ready); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				cmd.Process.Kill()
				t.Error("the process goes on")
			}
		})
	}
}

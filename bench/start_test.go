package bench_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkStart starts the kitchen sink's function, as the platform does, and
// a bare net/http program by turns: from exec to the end of the first response.
// It reports the size of both, too.
func BenchmarkStart(b *testing.B) {
	out := buildSite(b, filepath.Join("..", "examples", "kitchensink"))
	function, err := filepath.EvalSymlinks(filepath.Join(out, "functions", "fresh_without_data.func"))
	if err != nil {
		b.Fatal(err)
	}
	function = filepath.Join(function, "executable")
	bare := goBuild(b, ".", "./bare")
	m := compare(b,
		side{"jargo", func() cost { return firstResponse(b, startFunction, function, "/fresh_without_data") }},
		side{"plain", func() cost { return firstResponse(b, start, bare, "/") }},
	)
	reportRatio(b, m)
	b.ReportMetric(megabytes(b, function), "jargo-MB")
	b.ReportMetric(megabytes(b, bare), "plain-MB")
}

func megabytes(b *testing.B, file string) float64 {
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size()) / 1e6
}

// firstResponse starts a program, asks it for a path, and stops it.
func firstResponse(b *testing.B, start func(*testing.B, string) *server, program, path string) cost {
	s := start(b, program)
	defer s.stop()
	get(b, "http://"+s.addr+path)
	took := time.Since(s.started)
	s.stop()
	return cost{took, cpuOf(s.cmd.ProcessState)}
}

// get reads a response, on a connection of its own.
func get(b *testing.B, url string) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Close = true
	setInternal(request.Header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%s answers %s, %v", url, response.Status, err)
	}
}

// setInternal sets what a function is to be told of its host with each request.
func setInternal(h http.Header) {
	h.Set("X-Vercel-Internal-Invocation-Id", "bench")
	h.Set("X-Vercel-Internal-Request-Id", "1")
}

// server is a program that serves until it is stopped.
type server struct {
	cmd     *exec.Cmd
	started time.Time // just before it was executed
	addr    string    // host:port
}

// start starts a program that prints "Listening on http://ADDRESS".
func start(b *testing.B, program string) *server {
	b.Helper()
	s := newServer(b, program)
	s.cmd.Env = append(os.Environ(), "PORT=0")
	s.listen(b)
	return s
}

// listen starts the program, and waits until it says where it listens.
func (s *server) listen(b *testing.B) {
	b.Helper()
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	s.exec(b)
	if _, err := fmt.Fscanf(stdout, "Listening on http://%s\n", &s.addr); err != nil {
		s.stop()
		b.Fatalf("%s does not say where it listens: %v", s.cmd.Args, err)
	}
}

// startFunction starts a function and plays the platform's part: it listens on
// the socket that the function reports to.
func startFunction(b *testing.B, program string) *server {
	b.Helper()
	return startFunctionWith(b, program)
}

// startFunctionWith is startFunction with more variables in the environment.
func startFunctionWith(b *testing.B, program string, variables ...string) *server {
	b.Helper()
	socket := filepath.Join(newDir(b), "ipc.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	s := newServer(b, program)
	s.cmd.Env = append(append(os.Environ(), "VERCEL_IPC_PATH="+socket), variables...)
	s.exec(b)
	port, err := readStarted(listener)
	if err != nil {
		s.stop()
		b.Fatalf("%s does not say where it listens: %v", program, err)
	}
	s.addr = fmt.Sprintf("127.0.0.1:%d", port)
	return s
}

// readStarted accepts the function's connection and reads its first message.
// The others are read by a goroutine that ends with the function.
func readStarted(listener net.Listener) (port int, err error) {
	if err := listener.(*net.UnixListener).SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, err
	}
	conn, err := listener.Accept()
	if err != nil {
		return 0, err
	}
	messages := bufio.NewReader(conn)
	text, err := messages.ReadBytes(0)
	if err != nil {
		return 0, err
	}
	var message struct{ Payload struct{ HTTPPort int } }
	if err := json.Unmarshal(text[:len(text)-1], &message); err != nil {
		return 0, err
	}
	go func() {
		defer conn.Close()
		_, _ = io.Copy(io.Discard, messages) // until the function is gone
	}()
	return message.Payload.HTTPPort, nil
}

func newServer(b *testing.B, program string) *server {
	s := &server{cmd: exec.CommandContext(context.WithoutCancel(b.Context()), program)}
	s.cmd.Dir = filepath.Dir(program)
	s.cmd.Stderr = b.Output()
	return s
}

func (s *server) exec(b *testing.B) {
	s.started = time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
}

// stop ends the program and waits for it. It may be called again.
func (s *server) stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it was killed
	}
}

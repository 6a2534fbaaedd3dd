package golang

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// program is a compiled site, running as a renderer. It ends with close.
type program struct {
	cmd    *exec.Cmd
	dir    string // temporary, holds the socket
	conn   net.Conn
	lines  *bufio.Reader
	stderr *tail
	exited chan struct{} // closed when the process is gone
}

// start runs the program at file in the project's directory. What the pages
// print goes to log. With errStopped there is a program, one that has ended.
func start(ctx context.Context, file, project string, log io.Writer) (*program, error) {
	dir, err := os.MkdirTemp(socketDir(), "jargo-")
	if err != nil {
		return nil, err
	}
	p := &program{dir: dir, stderr: &tail{out: log}, exited: make(chan struct{})}
	socket := filepath.Join(dir, "build.sock")
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		p.removeDir()
		return nil, fmt.Errorf("listen for the site's program: %w", err)
	}
	defer listener.Close()
	p.cmd = exec.CommandContext(ctx, file)
	p.cmd.Dir = project
	p.cmd.Env = append(os.Environ(), "PWD="+project, engine.BuildSocket+"="+socket)
	p.cmd.Stdout, p.cmd.Stderr = log, p.stderr
	// What a page started may hold on to stderr.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		p.removeDir()
		return nil, fmt.Errorf("start the site's program: %w", err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.exited)
		_ = listener.Close() // it will not connect any more
	}()
	p.conn, err = listener.Accept()
	if err != nil {
		p.close()
		return p, errStopped
	}
	p.lines = bufio.NewReaderSize(p.conn, 1<<16)
	return p, nil
}

// maxSocketDir is how long a directory may be, in bytes, for the name of a
// socket below it to fit into a socket address.
const maxSocketDir = 70

// socketDir is where the socket's own directory is made: the temporary
// directory, as "", unless its name is too long.
func socketDir() string {
	if len(os.TempDir()) > maxSocketDir {
		return "/tmp"
	}
	return ""
}

// errStopped is returned when the program ended although there was work.
var errStopped = errors.New("the site's program stopped")

// read reads the program's next message into v.
func (p *program) read(v any) error {
	line, err := p.lines.ReadBytes('\n')
	if err != nil {
		<-p.exited
		return errStopped
	}
	if err := json.Unmarshal(line, v); err != nil {
		return fmt.Errorf("read from the site's program: %w", err)
	}
	return nil
}

// close ends the program and waits for it: it exits by itself when the
// connection closes.
func (p *program) close() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
	<-p.exited
	p.removeDir()
}

func (p *program) removeDir() { _ = os.RemoveAll(p.dir) }

// tail passes on what is written to it and keeps the last line, and the
// beginning of the last panic's report.
type tail struct {
	mu     sync.Mutex
	out    io.Writer
	line   []byte // being written
	last   string // written before it
	report []byte
}

// maxReport is enough for the goroutine that panicked, which is printed first.
const maxReport = 64 << 10 // bytes

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for part := range bytes.Lines(b) {
		t.line = append(t.line, part...)
		if part[len(part)-1] != '\n' {
			break
		}
		t.keep()
	}
	return t.out.Write(b)
}

// keep looks at a line that is complete.
func (t *tail) keep() {
	if bytes.HasPrefix(t.line, []byte("panic: ")) || bytes.HasPrefix(t.line, []byte("fatal error: ")) {
		t.report = t.report[:0]
	}
	if len(t.report)+len(t.line) <= maxReport {
		t.report = append(t.report, t.line...)
	}
	if line := strings.TrimSpace(string(t.line)); line != "" {
		t.last = line
	}
	t.line = t.line[:0]
}

// text is the report and the last line.
func (t *tail) text() (report, last string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.line) > 0 {
		t.keep()
	}
	return string(t.report), t.last
}

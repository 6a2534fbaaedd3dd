package function

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Spares are processes of Python that have started before a function needs one, which
// takes most of the time that it takes to start. They are for a host that goes over from
// one output to the next again and again: there is one at a time, and another as soon as
// that has become a function. A nil Spares has none. Close it.
type Spares struct {
	mu     sync.Mutex
	dir    string // with the shim; "" before the first
	spare  *spare // nil if there is none
	closed bool
}

// spare is a process that waits to be told which function it is.
type spare struct {
	cmd            *exec.Cmd
	start          []string // what it was started with
	stdin          io.WriteCloser
	stdout, stderr *os.File
}

// start is what a process of a function is started with, sorted: the interpreter, as it
// is then, and the environment, which what runs before its code may look at. What differs
// between functions is only for their code.
func (c command) start(env []string) []string {
	start := []string{c.path, c.state}
	for _, v := range env {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "JARGO_") && name != "VERCEL_IPC_PATH" && name != "VERCEL_DEV_PORT" {
			start = append(start, v)
		}
	}
	slices.Sort(start)
	return start
}

// told is what a spare is told of its function. Paths and variables need not be UTF-8, so
// they are bytes.
type told struct {
	Dir         []byte      `json:"dir"`
	Environment [][2][]byte `json:"environment"`
	Handler     string      `json:"handler"`
}

// begin has the spare be the process of a function in dir, whose handler it is told. It
// returns nil if there is none which could have been started so.
func (s *Spares) begin(c command, dir string, env []string, out *outputLog) *process {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.spare
	if p == nil || !slices.Equal(p.start, c.start(env)) {
		return nil
	}
	s.spare = nil
	function := told{Dir: []byte(dir), Handler: c.handler}
	for _, v := range env {
		if name, value, _ := strings.Cut(v, "="); name != "" {
			function.Environment = append(function.Environment, [2][]byte{[]byte(name), []byte(value)})
		}
	}
	data, err := json.Marshal(function)
	if err == nil {
		_, err = p.stdin.Write(append(data, '\n'))
	}
	if err = errors.Join(err, p.stdin.Close()); err != nil {
		p.kill()
		return nil
	}
	return adoptProcess(out, p.cmd, p.stdout, p.stderr)
}

// Rest is for how long those who wait for what has changed have the machine to themselves
// before the next change is prepared.
const Rest = 100 * time.Millisecond

// prepare starts a process for the next function that is started as one was by c and env,
// if there is none. Why it does not start, the function says that is started in its place.
func (s *Spares) prepare(c command, env []string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	start := c.start(env)
	if p := s.spare; p != nil && slices.Equal(p.start, start) || s.closed {
		return
	}
	s.drop()
	shim, err := s.shim()
	if err != nil {
		return
	}
	p := &spare{cmd: exec.Command(c.path, "-u", shim), start: start}
	p.cmd.Dir, p.cmd.Env = s.dir, env
	ownGroup(p.cmd)
	if err := p.run(); err == nil {
		s.spare = p
	}
}

// run starts the process.
func (p *spare) run() (err error) {
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	var stdout, stderr *os.File
	if p.stdout, stdout, err = os.Pipe(); err != nil {
		return err
	}
	defer stdout.Close()
	if p.stderr, stderr, err = os.Pipe(); err != nil {
		p.stdout.Close()
		return err
	}
	defer stderr.Close()
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	if err := p.cmd.Start(); err != nil {
		p.stdout.Close()
		p.stderr.Close()
		return err
	}
	return nil
}

// shim is the file of the shim.
func (s *Spares) shim() (string, error) {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "jargo-")
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, "python.py"), pythonShim, 0o600); err != nil {
			os.RemoveAll(dir)
			return "", err
		}
		s.dir = dir
	}
	return filepath.Join(s.dir, "python.py"), nil
}

// drop ends the spare. The caller holds the lock.
func (s *Spares) drop() {
	if s.spare != nil {
		s.spare.kill()
		s.spare = nil
	}
}

// kill ends a process that is no function yet.
func (p *spare) kill() {
	killGroup(p.cmd, syscall.SIGKILL)
	p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed
	p.stdout.Close()
	p.stderr.Close()
}

// Close ends the process that waits.
func (s *Spares) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.drop()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

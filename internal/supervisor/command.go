package supervisor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
)

// lastWords is for how long what a program has started may say something when that has ended.
const lastWords = time.Second

// pipes are what a program has from its supervisor. Each end of ours is closed with it.
type pipes struct {
	stdin      *os.File // open as long as the supervisor lives
	ready, log *os.File // log is nil where the program has stderr
	theirs     []*os.File
}

// started closes the program's ends.
func (p *pipes) started() {
	for _, f := range p.theirs {
		f.Close()
	}
}

// endSoon has our ends give what was written, and then end.
func (p *pipes) endSoon() {
	for _, f := range []*os.File{p.ready, p.log} {
		if f != nil {
			_ = f.SetReadDeadline(time.Now().Add(lastWords)) // of pipes, which have deadlines
		}
	}
}

func (p *pipes) close() {
	p.started()
	for _, f := range []*os.File{p.stdin, p.ready, p.log} {
		if f != nil {
			f.Close()
		}
	}
}

// command is how the program is started.
func (s *Supervisor) command() (cmd *exec.Cmd, p *pipes, err error) {
	p = &pipes{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	told := s.Told
	listeners, names := s.Sockets.Each()
	var sockets []*os.File
	for _, l := range listeners {
		file, err := l.(interface{ File() (*os.File, error) }).File() // of TCP, or unix
		if err != nil {
			return nil, nil, err
		}
		sockets, p.theirs = append(sockets, file), append(p.theirs, file)
	}
	told.Sockets = names
	text, err := json.Marshal(told)
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.Command(filepath.Join(s.Dir.Path, ProgramFile), string(text))
	stdin, ours, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin, p.stdin, p.theirs = stdin, ours, append(p.theirs, stdin)
	ours, ready, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	p.ready, p.theirs = ours, append(p.theirs, ready)
	log := s.Stderr
	if s.Relay != nil {
		if p.log, log, err = os.Pipe(); err != nil {
			return nil, nil, err
		}
		p.theirs = append(p.theirs, log)
	}
	cmd.ExtraFiles = append([]*os.File{log, ready}, sockets...)
	cmd.Dir = s.functionDir()
	cmd.Env = append(append(os.Environ(), function.Environment()...), function.DirVariable+"="+cmd.Dir, "PWD="+cmd.Dir)
	cmd.WaitDelay = lastWords
	setGroup(cmd)
	return cmd, p, nil
}

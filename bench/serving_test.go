package bench_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// serving is a running command of jargo that serves, with a cache of its own.
type serving struct {
	*server
	cache string
}

// startJargo starts a command of jargo that serves until the benchmark ends.
func startJargo(b *testing.B, jargo string, args ...string) *serving {
	b.Helper()
	s := &serving{newServer(b, jargo), newDir(b)}
	s.cmd.Args = append(s.cmd.Args, args...)
	s.cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+s.cache)
	s.cmd.Stderr = nil // a line for each request
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	s.exec(b)
	b.Cleanup(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		if err := s.cmd.Wait(); err != nil {
			b.Errorf("jargo %s ended with %v", args[0], err)
		}
	})
	if _, err := fmt.Fscanf(stdout, "Listening on http://%s\n", &s.addr); err != nil {
		b.Fatalf("jargo %s does not say where it listens: %v", args[0], err)
	}
	return s
}

// memory is a line of what the system says of the command, in MB. Processes that it has
// started are not in it.
func (s *serving) memory(b *testing.B, line string) float64 {
	return memoryOf(b, s.cmd.Process.Pid, line)
}

// memoryOf is a line of what the system says of a process, in MB.
func memoryOf(b *testing.B, pid int, line string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	var kilobytes float64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}

//go:build unix

package serve

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// firstPassed is the first descriptor that is passed: those before it are standard.
const firstPassed = 3

// passed returns the listeners that the process was started with, by name, as systemd
// passes sockets (sd_listen_fds(3)). The variables that say so are removed: they are for
// this process, not for those that it starts.
func passed() (map[string]net.Listener, error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return nil, nil // none, or they are for a process that has started this one
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > 1<<10 {
		return nil, fmt.Errorf("LISTEN_FDS is %q", count)
	}
	// None is to stay open in a function, also where something is wrong.
	CloseOnExec(firstPassed, n)
	all := map[string]net.Listener{}
	for i, name := range append(strings.Split(names, ":"), make([]string, n)...)[:n] {
		file := os.NewFile(uintptr(firstPassed+i), name)
		listener, err := net.FileListener(file)
		if err != nil {
			return nil, fmt.Errorf("descriptor %d, which was passed as a socket named %q: %w", firstPassed+i, name, err)
		}
		if err := file.Close(); err != nil { // the listener has a copy
			return nil, err
		}
		if other := all[name]; other != nil {
			return nil, fmt.Errorf("two sockets named %q were passed, %s and %s: one can be served", name, other.Addr(), listener.Addr())
		}
		all[name] = listener
	}
	return all, nil
}

// CloseOnExec keeps n descriptors, from first on, from the processes that this one starts.
func CloseOnExec(first, n int) {
	for fd := first; fd < first+n; fd++ {
		syscall.CloseOnExec(fd)
	}
}

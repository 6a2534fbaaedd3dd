package serve

import (
	"context"
	"net"
	"os"
	"strings"
	"sync"
)

// manager is the service manager, which is told what becomes of the process as systemd wants
// to be by services of Type=notify-reload (sd_notify(3)). The zero manager is none.
type manager struct{ socket string }

// newManager takes the variable that says who it is, which is not for processes that
// this one starts.
func newManager() manager {
	const name = "NOTIFY_SOCKET"
	socket := os.Getenv(name)
	os.Unsetenv(name)
	return manager{socket}
}

// The states of the process. Each is told in one message.
func (m manager) ready()     { m.tell("READY=1") }
func (m manager) reloading() { m.tell("RELOADING=1", monotonic()) }
func (m manager) stopping()  { m.tell("STOPPING=1") }

// stoppingAfter has the manager told when ctx is done. Who calls end before the process ends
// can be sure of it.
func (m manager) stoppingAfter(ctx context.Context) (end func()) {
	tell := sync.OnceFunc(m.stopping)
	cancel := context.AfterFunc(ctx, tell)
	return func() {
		if cancel(); ctx.Err() != nil {
			tell()
		}
	}
}

// reloadNothing responds to signals where there is no other output to look for: without
// that they would end the process.
func (m manager) reloadNothing(ctx context.Context, reload <-chan os.Signal) {
	for {
		select {
		case <-reload:
			m.reloading()
			m.ready()
		case <-ctx.Done():
			return
		}
	}
}

// tell sends a message. One that cannot be sent changes nothing here: whoever waits for it
// sees to that.
func (m manager) tell(lines ...string) {
	if m.socket == "" {
		return
	}
	// A name that begins with @ is of Linux's abstract sockets, for package net, too.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(strings.Join(lines, "\n")))
}

package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Listen listens on a --addr. If a port is in use, the error says by whom, where the
// system tells.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err == nil {
		return listener, nil
	}
	user := ""
	if op := (*net.OpError)(nil); errors.Is(err, syscall.EADDRINUSE) && errors.As(err, &op) {
		if at, ok := op.Addr.(*net.TCPAddr); ok {
			user = portUser(at.Port)
		}
	}
	if user != "" {
		user = "    it is used by " + user + "\n"
	}
	return nil, fmt.Errorf("%w\n%s    choose another address: --addr localhost:0 picks a free port", err, user)
}

// OwnAddress is the host and port of a listener as a page may name it.
func OwnAddress(l net.Listener) string {
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsUnspecified() {
		return l.Addr().String()
	}
	return net.JoinHostPort("localhost", strconv.Itoa(addr.Port))
}

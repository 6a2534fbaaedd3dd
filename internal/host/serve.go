package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection.
const (
	headerTimeout = 20 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10 // bytes
	stopTimeout   = 30 * time.Second
	killTimeout   = 5 * time.Second
)

// Serve answers the connections that come in on ln until ctx is done. Then it
// takes no more, lets requests under way finish (for 30 s at most), stops the
// functions, and returns nil. It closes ln and h in any case.
func Serve(ctx context.Context, ln net.Listener, h *Host) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		// First no one new, and only then an end to the connections there are:
		// a visitor who is told to come back on another one finds no one, and
		// is not let in to be turned away.
		ln.Close()
		<-failed
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if server.Shutdown(stop) != nil {
			h.log.Warn("requests did not finish in time, giving them up")
			server.Close()
		}
	}
	kill, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
	defer cancel()
	h.Close(kill)
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

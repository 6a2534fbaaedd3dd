package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
)

// Sockets are what a process listens on.
type Sockets struct {
	Site  net.Listener
	HTTP  net.Listener // next to a Site of https, for redirects to that; nil for none
	Admin net.Listener // only if it was passed

	own     net.Listener // where functions ask a Site of https; nil for none
	manager manager
}

// Names of sockets that are passed. Site is the one of another name, too.
const (
	httpName  = "http"
	httpsName = "https"
	adminName = "admin"
)

// Listen takes the sockets that the process was started with, as systemd passes them, or
// else listens on --addr. It comes before anything that starts a process.
func (o *Options) Listen(ctx context.Context, drivers Drivers) (*Sockets, error) {
	s := &Sockets{manager: newManager()}
	all, err := passed()
	if err == nil {
		err = o.TLS.check(drivers)
	}
	if err == nil && len(all) > 0 {
		err = s.take(all, o.TLS.on())
	} else if err == nil {
		err = s.listen(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Each lists the sockets, and how a process is told which they are: Adopt takes that.
func (s *Sockets) Each() (list []net.Listener, names []string) {
	for i, l := range []net.Listener{s.Site, s.HTTP, s.Admin} {
		if l != nil {
			list, names = append(list, l), append(names, socketNames[i])
		}
	}
	return list, names
}

// socketNames are what processes of ours call Site, HTTP and Admin among themselves.
var socketNames = [...]string{"site", "http", "admin"}

// Adopt takes sockets that another process has passed, which files has.
func Adopt(names []string, files []*os.File) (*Sockets, error) {
	s := &Sockets{}
	of := map[string]*net.Listener{socketNames[0]: &s.Site, socketNames[1]: &s.HTTP, socketNames[2]: &s.Admin}
	for i, name := range names {
		listener, err := net.FileListener(files[i])
		files[i].Close() // the listener has a copy
		if err != nil {
			return nil, errors.Join(fmt.Errorf("take over the socket %q: %w", name, err), s.Close())
		}
		*of[name] = listener
	}
	return s, nil
}

// Ready, Reloading and StoppingAfter tell the service manager what becomes of the process that
// serves on the sockets, where this one only starts it.
func (s *Sockets) Ready()     { s.manager.ready() }
func (s *Sockets) Reloading() { s.manager.reloading() }

// StoppingAfter tells it when ctx is done, at the latest when end is called.
func (s *Sockets) StoppingAfter(ctx context.Context) (end func()) {
	return s.manager.stoppingAfter(ctx)
}

// take assigns sockets that were passed.
func (s *Sockets) take(all map[string]net.Listener, secure bool) error {
	names := slices.Sorted(maps.Keys(all))
	pop := func(name string) net.Listener {
		l := all[name]
		delete(all, name)
		return l
	}
	s.Admin = pop(adminName)
	want := httpName
	if secure {
		s.HTTP, want = pop(httpName), httpsName
	}
	if s.Site = pop(want); s.Site == nil && len(all) == 1 && all[httpsName] == nil {
		for name := range all {
			s.Site = pop(name)
		}
	}
	if s.Site != nil && len(all) == 0 {
		return nil
	}
	for _, listener := range all {
		listener.Close()
	}
	if all[httpsName] != nil {
		return fmt.Errorf("a socket named %q was passed, and the site is served without https: that takes --tls or --tls-cert", httpsName)
	}
	return fmt.Errorf("sockets named %q were passed: the site is served on one, named %q", names, want)
}

// listen makes sockets.
func (s *Sockets) listen(ctx context.Context, o *Options) (err error) {
	addr, httpAddr := o.Addr, o.TLS.HTTPAddr
	switch {
	case addr == "" && o.TLS.on():
		addr, httpAddr = ":443", cmp.Or(httpAddr, ":80")
	case addr == "":
		addr = "localhost:3000"
	}
	if s.Site, err = Listen(ctx, addr); err == nil && httpAddr != "" {
		s.HTTP, err = Listen(ctx, httpAddr)
	}
	return err
}

// Close closes all. It may be called more than once.
func (s *Sockets) Close() error {
	for _, listener := range []net.Listener{s.Site, s.HTTP, s.Admin, s.own} {
		if listener != nil {
			listener.Close() // what it served is over either way
		}
	}
	return nil
}

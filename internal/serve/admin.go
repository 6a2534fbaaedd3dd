package serve

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/host/metrics"
)

// noAdmin is the --admin that has no address at all.
const noAdmin = "off"

// adminAddress returns the network and address of an --admin: a port or host:port, on
// 127.0.0.1 unless there is a host, or unix:PATH.
func adminAddress(addr string) (network, address string, err error) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		if path == "" {
			return "", "", errors.New("unix: needs the path of a socket")
		}
		return "unix", path, nil
	}
	name, port, err := net.SplitHostPort(addr)
	if err != nil {
		name, port = "", addr
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", "", fmt.Errorf("%q is no port, host:port or unix:PATH", addr)
	}
	if name == "" {
		name = "127.0.0.1"
	}
	return "tcp", net.JoinHostPort(name, port), nil
}

// listenAdmin listens where the host is looked into: on a socket in dir, which only this
// user reaches, and on --admin. Without either there is no listener.
func (o Options) listenAdmin(ctx context.Context, passed net.Listener, dir string, log *slog.Logger) (list []net.Listener, err error) {
	if o.Admin == noAdmin {
		return nil, nil
	}
	if passed != nil {
		list = append(list, passed)
	}
	if dir != "" {
		own, err := listenOwn(ctx, dir)
		switch {
		case err == nil:
			list = append(list, own)
		case !errors.Is(err, ErrLongPath): // of which jargo cache tells
			log.Warn("jargo cache does not find this host", "error", err)
		}
	}
	if o.Admin == "" {
		return list, nil
	}
	network, address, err := adminAddress(o.Admin)
	var ln net.Listener
	if err == nil && network == "unix" {
		ln, err = listenUnix(ctx, address)
	} else if err == nil {
		ln, err = (&net.ListenConfig{}).Listen(ctx, network, address)
	}
	if err != nil {
		closeAll(list)
		return nil, fmt.Errorf("--admin: %w", err)
	}
	log.Info("the host can be looked into", "admin", ln.Addr().String())
	return append(list, ln), nil
}

func closeAll(list []net.Listener) {
	for _, ln := range list {
		ln.Close()
	}
}

// A socket in a directory of the user's cache: prefix, hexadecimal digits that differ for
// each process, suffix.
const (
	socketPrefix = "admin-"
	socketSuffix = ".sock"
)

// maxSocketPath is the longest path of a socket on some systems, in bytes.
const maxSocketPath = 103

// ErrLongPath is returned for a directory in which there can be no socket.
var ErrLongPath = errors.New("its path is too long for a socket")

// socketPath returns the path of the socket in dir that has these digits.
func socketPath(dir, digits string) (string, error) {
	path := filepath.Join(dir, socketPrefix+digits+socketSuffix)
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("%s: %w", dir, ErrLongPath)
	}
	return path, nil
}

// listenOwn listens on a socket of this process in dir, which nobody else may enter.
func listenOwn(ctx context.Context, dir string) (net.Listener, error) {
	var random [4]byte
	rand.Read(random[:])
	path, err := socketPath(dir, hex.EncodeToString(random[:]))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if _, err := FindAdmin(ctx, dir); err != nil { // which removes those of killed processes
		return nil, err
	}
	return listenUnix(ctx, path)
}

// listenUnix listens on a socket that only this user may connect to, instead of one that
// nobody listens on any more.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	removeDead(ctx, path)
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, err
	}
	return ln, nil
}

// removeDead removes a socket that nobody listens on, and reports whether path is one that
// somebody listens on.
func removeDead(ctx context.Context, path string) (alive bool) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		conn.Close()
		return true
	}
	info, gone := os.Lstat(path)
	if gone == nil && info.Mode().Type() == os.ModeSocket && errors.Is(err, syscall.ECONNREFUSED) {
		os.Remove(path)
	}
	return false
}

// FindAdmin returns the addresses, as --admin has them, of the processes that serve an
// output with this Site.PagesDir. The error is ErrLongPath if there can be none.
func FindAdmin(ctx context.Context, dir string) (list []string, err error) {
	if _, err := socketPath(dir, "01234567"); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if strings.HasPrefix(f.Name(), socketPrefix) && strings.HasSuffix(f.Name(), socketSuffix) && removeDead(ctx, path) {
			list = append(list, "unix:"+path)
		}
	}
	return list, nil
}

// DialAdmin connects to an address, as --admin has it.
func DialAdmin(ctx context.Context, addr string) (net.Conn, error) {
	network, address, err := adminAddress(addr)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// admin responds to those who run a host.
type admin struct {
	host    *host.Server
	serving context.Context // until it is told to stop
	lost    *atomic.Int64   // lines of the log
}

// start serves admin on list until stop is called.
func (a *admin) start(list []net.Listener, log *slog.Logger) (stop func()) {
	server := &http.Server{
		Handler: a.handler(), ReadHeaderTimeout: 20 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	for _, ln := range list {
		go server.Serve(ln)
	}
	return func() { server.Close() }
}

func (a *admin) handler() http.Handler {
	type methods map[string]http.HandlerFunc
	// http.ServeMux has no such patterns in a program whose go.mod is of an old Go.
	paths := map[string]methods{
		"/healthz":          {"GET": a.health},
		"/metrics":          {"GET": a.metrics},
		"/debug/pprof/":     {"GET": profiles},
		"/cache":            {"GET": a.list, "DELETE": a.drop},
		"/cache/entry":      {"GET": a.entry},
		"/cache/revalidate": {"POST": a.revalidate},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fromPage(r) {
			http.Error(w, "This is not for pages in a browser.", http.StatusForbidden)
			return
		}
		of := paths[r.URL.Path]
		if name, ok := strings.CutPrefix(r.URL.Path, "/debug/pprof/"); ok && of == nil {
			r.SetPathValue("name", name)
			of = methods{"GET": profile}
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		switch do := of[method]; {
		case of == nil:
			http.NotFound(w, r)
		case do == nil:
			w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(of)), ", "))
			http.Error(w, "There is no such method here.", http.StatusMethodNotAllowed)
		default:
			do(w, r)
		}
	})
}

// fromPage reports whether a page in a browser of this machine asks, which may be
// anybody's: one of another site, or one whose name was made to lead here.
func fromPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site != "" && site != "none" && site != "same-origin" {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !local.IP.IsLoopback() {
		return false
	}
	name := host.Hostname(r.Host)
	_, err := netip.ParseAddr(name)
	return err != nil && name != "localhost"
}

// health is 200 while requests are accepted, then 503.
func (a *admin) health(w http.ResponseWriter, _ *http.Request) {
	if a.serving.Err() != nil {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (a *admin) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", metrics.ContentType)
	m := metrics.NewWriter(w)
	a.host.WriteMetrics(m)
	m.Family("jargo_log_lines_dropped_total", metrics.Counter, "Lines of the log that are missing, since what it is written to is too slow.")
	m.Sample(float64(a.lost.Load()))
	writeProcess(m)
	_ = m.Flush() // whoever asked has left
}

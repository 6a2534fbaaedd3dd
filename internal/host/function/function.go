// Package function runs the functions of a Build Output directory: it starts their
// processes on demand, passes requests on to them, restarts them when they die, and
// stops them.
package function

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// Function responds to requests: with processes of its own, or in this one.
type Function interface {
	// RoundTrip passes a request on. Its URL needs only path and query; its
	// context bounds the wait and the response. Unlike other round trippers it
	// modifies the request, which it takes ownership of. Any number of requests may
	// be under way at once. The error is an *Error or the cause of the context.
	http.RoundTripper
	// Close stops the processes, by force once ctx is done. No request may be under
	// way or follow.
	Close(ctx context.Context)
}

// Observer is told what happens before a function responds.
type Observer interface {
	// Informational gets an informational response, as httptrace.ClientTrace does. An
	// error ends the request.
	Informational(status int, header textproto.MIMEHeader) error
	// Started is told how long the request has waited for a process to start, if it has.
	Started(after time.Duration)
}

type observerKey struct{}

// Observe returns a context for a request to a function. It is no ClientTrace, which
// requests would inherit that a function in this process makes of its own.
func Observe(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

func inform(ctx context.Context, status int, header textproto.MIMEHeader) error {
	if o, ok := ctx.Value(observerKey{}).(Observer); ok {
		return o.Informational(status, header)
	}
	return nil
}

// Error is the failure of a function to respond.
type Error struct {
	Code string // the platform's, such as FUNCTION_INVOCATION_FAILED
	Err  error
}

// Platform codes of functions.
const (
	CodeFailed           = "FUNCTION_INVOCATION_FAILED"
	CodeTimeout          = "FUNCTION_INVOCATION_TIMEOUT"
	CodeNoResponse       = "NO_RESPONSE_FROM_FUNCTION"
	CodePayloadTooLarge  = "FUNCTION_PAYLOAD_TOO_LARGE"
	CodeResponseTooLarge = "FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE"
	CodeBodyNotString    = "BODY_NOT_A_STRING_FROM_FUNCTION"
	CodeThrottled        = "FUNCTION_THROTTLED"
	CodeUnsupported      = "FUNCTION_RUNTIME_NOT_SUPPORTED" // this host's own
)

// Error implements error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func failed(format string, args ...any) *Error {
	return &Error{Code: CodeFailed, Err: fmt.Errorf(format, args...)}
}

// MaxBody bounds the body of a request, and that of a response that is not streamed,
// in bytes, as on the platform.
const MaxBody = 4_500_000

// ErrTooLarge is the error for a request whose body is larger than MaxBody.
var ErrTooLarge = &Error{Code: CodePayloadTooLarge, Err: errors.New("the request is larger than 4.5 MB")}

// Region is this host's region, and awsRegion the AWS name of the same. It is not
// "dev1", by which frameworks recognize the vendor's development server.
const (
	Region    = "iad1"
	awsRegion = "us-east-1"
)

// ErrUnsupported is returned when this machine or host cannot run a function.
var ErrUnsupported = errors.New("not supported")

// Set runs the functions of one output.
type Set struct {
	opts    Options
	mu      sync.Mutex
	temp    string // directory of sockets and shims; "" until needed
	byDir   map[string]Function
	pythons map[string]string // working interpreters, by runtime
	idle    counter           // idle connections
}

// Options are the settings of a Set.
type Options struct {
	Log *slog.Logger
	// Python is the interpreter of Python functions; "" looks for the one that each asks
	// for.
	Python string
	// PythonState is the same while a process of Python is as one that was started before.
	PythonState string
	// Spares are for Python functions; nil for none.
	Spares *Spares
	// Linked returns how a function is called that is linked into this program, nil for
	// one that is not. It may be nil itself.
	Linked func(*output.Function) Linked
	// Processes counts those that are started; nil for nothing.
	Processes *Processes
	// Wrap returns what is invoked instead of a Function; nil for nothing else.
	Wrap func(*output.Function, Function) Function
	// HostURL is where the host can be asked from this machine, whatever names it
	// serves: JARGO_HOST_URL in the functions' environment.
	HostURL string
	// StartTimeout is how long a process may take to become ready; 0 is 30 s.
	StartTimeout time.Duration
	// MaxIdle bounds the idle connections, to all functions together.
	MaxIdle int
	// StopTimeout is how long a process may take to exit after SIGTERM while the
	// host keeps running; 0 is 10 s.
	StopTimeout time.Duration
}

// NewSet returns a Set without functions.
func NewSet(opts Options) *Set {
	opts.StartTimeout = cmp.Or(opts.StartTimeout, 30*time.Second)
	opts.StopTimeout = cmp.Or(opts.StopTimeout, 10*time.Second)
	s := &Set{opts: opts, byDir: map[string]Function{}, pythons: map[string]string{}}
	s.idle.limit = int64(opts.MaxIdle)
	return s
}

// Get returns the Function that runs f, the same for the same directory. It starts
// nothing. The error wraps ErrUnsupported if f cannot run here.
func (s *Set) Get(f *output.Function) (Function, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fn, ok := s.byDir[f.Dir]; ok {
		return fn, nil
	}
	fn, err := s.open(f)
	if err != nil {
		return nil, fmt.Errorf("function %q: %w", f.Name, err)
	}
	if s.opts.Wrap != nil {
		fn = s.opts.Wrap(f, fn)
	}
	s.byDir[f.Dir] = fn
	return fn, nil
}

func (s *Set) open(f *output.Function) (Function, error) {
	if call := s.linked(f); call != nil {
		return s.newLinked(f, call), nil
	}
	switch name := f.Config.Runtime; {
	case name == "executable":
		return s.newServer(f, func(dir string) (command, error) {
			return command{path: filepath.Join(dir, filepath.FromSlash(f.Config.Handler))}, nil
		}), nil
	case name == "provided.al2023" || name == "provided.al2":
		return s.newPool(f), nil
	case strings.HasPrefix(name, "nodejs"):
		return s.newNode(f)
	case strings.HasPrefix(name, "python3."):
		return s.newPython(f)
	default:
		return nil, fmt.Errorf("%w: runtime %q", ErrUnsupported, name)
	}
}

func (s *Set) linked(f *output.Function) Linked {
	if s.opts.Linked == nil {
		return nil
	}
	return s.opts.Linked(f)
}

// IsLinked reports whether f is called in this process.
func (s *Set) IsLinked(f *output.Function) bool { return s.linked(f) != nil }

// Close stops all functions concurrently and waits for them.
func (s *Set) Close(ctx context.Context) {
	s.mu.Lock()
	functions, temp := s.byDir, s.temp
	s.byDir, s.temp = map[string]Function{}, ""
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, fn := range functions {
		wg.Go(func() { fn.Close(ctx) })
	}
	wg.Wait()
	if temp != "" {
		os.RemoveAll(temp)
	}
}

// defaultDuration is the default of maxDuration.
const defaultDuration = 300 * time.Second

// MaxDuration returns how long f may take for one response.
func MaxDuration(f *output.Function) time.Duration {
	if d := f.Config.MaxDuration; d > 0 {
		return output.Seconds(d)
	}
	return defaultDuration
}

// maxTempDir is the longest path of a directory for sockets, in bytes: some systems
// limit the path of a socket to 104.
const maxTempDir = 104 - len("/jargo-1234567890/1234567.sock") - 1

// tempDir returns a directory that only this user can access.
func (s *Set) tempDir() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temp == "" {
		base := os.TempDir()
		if len(base) > maxTempDir && runtime.GOOS != "windows" {
			base = "/tmp"
		}
		dir, err := os.MkdirTemp(base, "jargo-")
		if err != nil {
			return "", fmt.Errorf("make a directory for functions: %w", err)
		}
		s.temp = dir
	}
	return s.temp, nil
}

// DirVariable is the environment variable with the directory of the files of a function that
// is linked into this program.
const DirVariable = "JARGO_FUNCTION_DIR"

// Environment is what all functions have in their environment, as "NAME=value".
func Environment() []string {
	return []string{"VERCEL=1", "VERCEL_ENV=production", "VERCEL_TARGET_ENV=production", "VERCEL_REGION=" + Region, "NODE_ENV=production", "TZ=:UTC"}
}

// environ returns the environment of a function's process.
func (s *Set) environ(f *output.Function, more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "PORT", "VERCEL_IPC_PATH", "VERCEL_DEV_PORT", DirVariable:
			// If the host has them, they are not for its functions.
		default:
			env = append(env, v)
		}
	}
	region := Region
	if len(f.Config.Regions) > 0 {
		region = f.Config.Regions[0]
	}
	env = append(append(env, Environment()...), "VERCEL_REGION="+region)
	for name, value := range f.Config.Environment {
		env = append(env, name+"="+value)
	}
	env = append(env, "JARGO_HOST_URL="+s.opts.HostURL)
	return append(env, more...)
}

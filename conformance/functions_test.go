package conformance_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/output"
)

// functions is an output without a host: its functions are asked over the platform's
// contract, and what its routes say of a request comes from the vendor's engine of
// regular expressions.
type functions struct {
	out   *output.Output
	leads map[string]*routed // by path
	ask   map[*output.Function]asker
}

// askFunctions starts the functions of an output, for requests that are known before.
// What functions ask a host for, they ask the one at the URL host.
func askFunctions(t *testing.T, out *output.Output, requests []request, host string) asker {
	t.Helper()
	f := &functions{out: out, leads: map[string]*routed{}, ask: map[*output.Function]asker{}}
	var paths []string
	for _, q := range requests {
		paths = append(paths, q.path())
	}
	for i, to := range route(t, out, paths, true) {
		f.leads[paths[i]] = to
	}
	for _, e := range out.Entries {
		fn, ok := e.(*output.Function)
		if p, isPage := e.(*output.Prerender); isPage {
			fn, ok = p.Function, true
		}
		if !ok || f.ask[fn] != nil {
			continue
		}
		if fn.Config.Runtime == "executable" {
			f.ask[fn] = startExecutable(t, fn, host)
		} else {
			f.ask[fn] = startPython(t, fn, host)
		}
	}
	return f.respond
}

// respond is what a site without a host says: what routes lead to responds, with what
// they say of it. What is nowhere, each function has to know for itself.
func (f *functions) respond(t *testing.T, q request) response {
	t.Helper()
	to := f.leads[q.path()]
	switch {
	case to != nil && to.Location != "":
		location := to.Location
		if q.query() != "" {
			location += "?" + q.query()
		}
		return response{status: to.Status, header: http.Header{"Location": {location}}, own: true}
	case to != nil:
		return f.found(t, q, to)
	}
	name, ok := f.out.Find(q.path())
	if ok { // the index of a directory, which has no route
		return f.found(t, q, &routed{Dest: "/" + name})
	}
	var responses []response
	for _, fn := range slices.SortedFunc(maps.Keys(f.ask), func(a, b *output.Function) int { return strings.Compare(a.Name, b.Name) }) {
		a := f.ask[fn](t, q)
		if len(responses) > 0 && (a.status != responses[0].status || a.body != responses[0].body) {
			t.Errorf("%s: one function says %d %q, another %d %q", q, responses[0].status, responses[0].body, a.status, a.body)
		}
		responses = append(responses, a)
	}
	return responses[0]
}

// found is the response of the output that routes lead to.
func (f *functions) found(t *testing.T, q request, to *routed) response {
	t.Helper()
	dest, err := url.Parse(to.Dest)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := f.out.Find(dest.Path)
	var a response
	switch e := f.out.Entries[name].(type) {
	case *output.File:
		a = file(t, q, e, to.Status)
	case *output.Function:
		a = f.ask[e](t, q)
	case *output.Prerender:
		a = f.page(t, q, e, dest.RawQuery)
	default:
		t.Fatalf("%s leads to %s, where nothing is", q, to.Dest)
	}
	if to.Status != 0 {
		a.status = to.Status
	}
	for name, value := range to.Headers {
		if a.header.Get(name) == "" {
			a.header.Set(name, value)
		}
	}
	return a
}

// file is the response of a static file: nobody's code but the host's.
func file(t *testing.T, q request, e *output.File, status int) response {
	t.Helper()
	if q.method == http.MethodPost && status == 0 {
		return response{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {"GET, HEAD"}}, own: true}
	}
	data, err := os.ReadFile(e.Path)
	if err != nil {
		t.Fatal(err)
	}
	a := response{status: http.StatusOK, header: http.Header{"Content-Type": {e.ContentType}}, body: string(data)}
	if q.method == http.MethodHead {
		a.body = ""
	}
	return a
}

// page is the response of a regenerated page: it is asked for by its own path, with
// what its route says and the parameters that it names. Only in a draft does it see
// the visitor's method and headers; else a HEAD is a GET.
func (f *functions) page(t *testing.T, q request, p *output.Prerender, routeQuery string) response {
	t.Helper()
	visitors, err := url.ParseQuery(q.query())
	if err != nil {
		t.Fatal(err)
	}
	query := []string{}
	if routeQuery != "" {
		query = append(query, routeQuery)
	}
	for _, name := range p.Config.AllowQuery {
		if name != engine.PathParameter && visitors.Has(name) {
			query = append(query, url.Values{name: visitors[name]}.Encode())
		}
	}
	asked := request{q.method, (&url.URL{Path: "/" + p.Name}).EscapedPath(), q.body, nil}
	if len(query) > 0 {
		asked.target += "?" + strings.Join(query, "&")
	}
	if q.header.Get("Cookie") == "__prerender_bypass="+p.Config.BypassToken {
		asked.header = q.header
	} else if q.method == http.MethodHead {
		asked.method = http.MethodGet
	}
	a := f.ask[p.Function](t, asked)
	if q.method == http.MethodHead {
		a.body = ""
	}
	return a
}

// startExecutable runs an executable until the test is over. It speaks the IPC
// protocol: it connects, says where it listens, and when a request has ended.
func startExecutable(t *testing.T, fn *output.Function, host string) asker {
	t.Helper()
	dir, err := os.MkdirTemp("", "ipc") // short, for the names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	cmd := exec.Command(filepath.Join(fn.Dir, fn.Config.Handler))
	cmd.Dir, cmd.Stderr = fn.Dir, t.Output()
	cmd.Env = append(os.Environ(), "VERCEL_IPC_PATH="+listener.Addr().String(), "JARGO_HOST_URL="+host)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("function %s: %v", fn.Name, err)
		}
	})
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	messages := bufio.NewReader(conn)
	base := fmt.Sprintf("http://127.0.0.1:%d", readMessage(t, messages, "server-started").HTTPPort)
	n := 0
	return func(t *testing.T, q request) response {
		t.Helper()
		n++
		req, err := http.NewRequestWithContext(t.Context(), q.method, base+q.target, strings.NewReader(q.body))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(req.Header, q.header)
		req.Header.Set("X-Vercel-Internal-Invocation-Id", "invocation")
		req.Header.Set("X-Vercel-Internal-Request-Id", fmt.Sprint(n))
		a := send(t, req)
		if got := readMessage(t, messages, "end").Context.RequestID; got != n {
			t.Errorf("%s: request %d has ended, want %d", q, got, n)
		}
		return a
	}
}

// message is what a function says over IPC.
type message struct {
	HTTPPort int `json:"httpPort"`
	Context  struct {
		RequestID int `json:"requestId"`
	} `json:"context"`
}

// readMessage reads messages up to the next of a type. Others are its log.
func readMessage(t *testing.T, messages *bufio.Reader, kind string) message {
	t.Helper()
	for {
		data, err := messages.ReadBytes(0)
		if err != nil {
			t.Fatalf("read the message %s: %v", kind, err)
		}
		var m struct {
			Type    string  `json:"type"`
			Payload message `json:"payload"`
		}
		if err := json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &m); err != nil {
			t.Fatalf("message %q: %v", data, err)
		}
		if m.Type == kind {
			return m.Payload
		}
		if m.Type != "log" {
			t.Fatalf("message %q, want %s", data, kind)
		}
	}
}

// invoker calls the handler of a Python function for each line of its input.
const invoker = `
import importlib, json, sys
sys.path.insert(0, ".")
responses = sys.stdout
sys.stdout = sys.stderr
module, name = sys.argv[1].rsplit(".", 1)
handler = getattr(importlib.import_module(module), name)
for line in sys.stdin:
    print(json.dumps(handler({"Action": "Invoke", "body": line}, None)), file=responses, flush=True)
`

// startPython calls the handler of a function of a Python runtime in a process of its
// own, until the test is over.
func startPython(t *testing.T, fn *output.Function, host string) asker {
	t.Helper()
	cmd := exec.Command("python3", "-B", "-c", invoker, fn.Config.Handler)
	cmd.Dir, cmd.Env, cmd.Stderr = fn.Dir, append(os.Environ(), "JARGO_HOST_URL="+host), t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("function %s: %v", fn.Name, err)
		}
	})
	responses := json.NewDecoder(stdout)
	return func(t *testing.T, q request) response {
		t.Helper()
		header := http.Header{"Host": {"example.com"}}
		maps.Copy(header, q.header)
		event, err := json.Marshal(map[string]any{
			"method": q.method, "path": q.target, "headers": header,
			"encoding": "base64", "body": base64.StdEncoding.EncodeToString([]byte(q.body)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stdin.Write(append(event, '\n')); err != nil {
			t.Fatal(err)
		}
		var r struct {
			StatusCode int            `json:"statusCode"`
			Headers    map[string]any `json:"headers"`
			Body       []byte         `json:"body"` // base64
		}
		if err := responses.Decode(&r); err != nil {
			t.Fatal(err)
		}
		a := response{status: r.StatusCode, header: http.Header{}, body: string(r.Body)}
		for name, value := range r.Headers {
			if list, ok := value.([]any); ok {
				for _, v := range list {
					a.header.Add(name, fmt.Sprint(v))
				}
			} else {
				a.header.Add(name, fmt.Sprint(value))
			}
		}
		return a
	}
}

package host

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// need skips a test on a machine without a program, unless in CI.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// newProvidedSite serves a function of the provided.al2023 runtime.
func newProvidedSite(t *testing.T) *site {
	t.Helper()
	p := newPuppet(t)
	dir := writeSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"provided.al2023","handler":"bootstrap"}
`, p)
	program := filepath.Join(dir, "functions", "fn.func", "bootstrap")
	if out, err := exec.Command("go", "build", "-o", program, "./testdata/bootstrap").CombinedOutput(); err != nil {
		t.Fatalf("build testdata/bootstrap: %v\n%s", err, out)
	}
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return serveSite(t, out, p)
}

// TestProvidedVisitorLeaves disconnects from a busy worker: it may finish.
func TestProvidedVisitorLeaves(t *testing.T) {
	s := newProvidedSite(t)
	begun, release := make(chan bool, 1), make(chan bool)
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- true; <-release }))
	defer gate.Close()
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.Client().Do(s.request("GET", "/fn?do=wait&for="+url.QueryEscape(gate.URL), "").WithContext(ctx))
		left <- err
	}()
	await(t, "the request", begun)
	leave()
	if err := await(t, "the visitor's leaving", left); err == nil {
		t.Error("the request is answered")
	}
	s.log.await(t, "status=499")
	if strings.Contains(s.log.String(), "function ended") {
		t.Error("the worker was killed")
	}
	close(release)
	s.want(s.get("/fn"), 201, "*")
}

func TestProvidedRuntime(t *testing.T) {
	s := newProvidedSite(t)
	s.want(s.do("POST", "/fn?x=1", "hello", "X-Custom: c"), 201, "POST /fn?x=1 hello c", "Content-Type: text/plain", "X-List: a, b")
	s.want(s.get("/fn?do=binary"), 201, "\x00\x01\xff")
	s.want(s.get("/fn?do=error"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.want(s.get("/fn?do=number"), 502, "*", "X-Vercel-Error: BODY_NOT_A_STRING_FROM_FUNCTION")
	s.want(s.get("/fn?do=inform"), 502, "*", "X-Vercel-Error: NO_RESPONSE_FROM_FUNCTION")
	s.want(s.get("/fn?do=garbage"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.want(s.get("/fn?do=exit"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.want(s.do("HEAD", "/fn", ""), 201, "")

	// Three requests at once need three processes.
	var here, all sync.WaitGroup
	here.Add(3)
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { here.Done(); here.Wait() }))
	defer gate.Close()
	for range 3 {
		all.Go(func() { s.want(s.get("/fn?do=wait&for="+url.QueryEscape(gate.URL)), 201, "*") })
	}
	all.Wait()
}

func TestNodeRuntime(t *testing.T) {
	need(t, "node")
	s := newSite(t, nodeSite)
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
		headers                  []string
	}{
		{"web GET", "GET", "/web?x=1", "", 200, "GET http://HOST/web?x=1 undefined", []string{"Set-Cookie: a=1, b=2", "Content-Type: text/plain;charset=UTF-8"}},
		{"web POST", "POST", "/web", "hi", 201, "hi", nil},
		{"web method", "DELETE", "/web", "", 405, "", nil},
		{"fetch", "GET", "/fetch", "", 200, "fetched", nil},
		{"streams", "GET", "/stream", "", 200, "one two ", nil},
		{"req res", "POST", "/plain", "raw", 202, "POST /plain raw", nil},
		{"nested default", "GET", "/nested", "", 200, "nested", nil},
		{"server", "GET", "/server", "", 200, "from a server", nil},
		{"helpers", "POST", "/helpers?a=1&a=2&b=3", `{"x":[1]}`, 200, `{"query":{"a":["1","2"],"b":"3"},"cookies":{"c":"d e"},"body":{"x":[1]}}`, []string{"Content-Type: application/json; charset=utf-8"}},
		{"helpers bad JSON", "POST", "/helpers", `{`, 400, "Invalid JSON", nil},
		{"helpers redirect", "GET", "/helpers?to=1", "", 307, "", []string{"Location: /else"}},
		{"aws", "POST", "/aws?x=1", "hi", 203, "POST /aws?x=1 hi", []string{"X-Aws: yes"}},
		{"gateway", "POST", "/gateway?x=1", "hi", 200, "POST /gateway 1 hi", []string{"Set-Cookie: a=1, b=2"}},
		{"throws", "GET", "/throws", "", 500, "*", []string{"X-Vercel-Error: FUNCTION_INVOCATION_FAILED"}},
		{"does not load", "GET", "/broken", "", 500, "*", []string{"X-Vercel-Error: FUNCTION_INVOCATION_FAILED"}},
		{"waitUntil", "GET", "/background", "", 200, "http://HOST/background", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			a := s.do(tt.method, tt.path, tt.body, "Content-Type: application/json", "Cookie: c=d%20e")
			s.want(a, tt.status, strings.ReplaceAll(tt.want, "HOST", s.Listener.Addr().String()), tt.headers...)
		})
	}
	s.t = t
	s.log.await(t, "done in the background")
	s.log.await(t, "Error: thrown")
	s.log.await(t, "cannot be loaded")
}

const nodeSite = `
-- config.json --
{"version":3}
-- functions/web.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}
-- functions/web.func/index.mjs --
export function GET(request) {
  const response = new Response(request.method + ' ' + request.url + ' ' + (request.headers.get('x-vercel-internal-invocation-id') ?? undefined));
  response.headers.append('set-cookie', 'a=1');
  response.headers.append('set-cookie', 'b=2');
  return response;
}
export const POST = async (request) => new Response(await request.text(), { status: 201 });
-- functions/fetch.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"lib/index.js","launcherType":"Nodejs"}
-- functions/fetch.func/lib/index.js --
module.exports = { fetch: async () => new Response('fetched') };
-- functions/stream.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs","useWebApi":true}
-- functions/stream.func/index.mjs --
export default () => new Response(new ReadableStream({
  start(c) { c.enqueue(new TextEncoder().encode('one ')); setImmediate(() => { c.enqueue(new TextEncoder().encode('two ')); c.close(); }); },
}));
-- functions/plain.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.cjs","launcherType":"Nodejs"}
-- functions/plain.func/index.cjs --
module.exports = async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  res.statusCode = 202;
  res.end(req.method + ' ' + req.url + ' ' + body);
};
-- functions/nested.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.cjs","launcherType":"Nodejs"}
-- functions/nested.func/index.cjs --
exports.__esModule = true;
exports.default = { default: (req, res) => res.end('nested') };
-- functions/server.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}
-- functions/server.func/index.mjs --
import http from 'node:http';
http.createServer((req, res) => res.end('from a server')).listen(3000);
-- functions/helpers.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.cjs","launcherType":"Nodejs","shouldAddHelpers":true}
-- functions/helpers.func/index.cjs --
module.exports = (req, res) => {
  if (req.query.to) return res.redirect('/else');
  res.status(200).json({ query: req.query, cookies: req.cookies, body: req.body });
};
-- functions/aws.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.handler"}
-- functions/aws.func/index.js --
exports.handler = async (event) => {
  const { method, path, body } = JSON.parse(event.body);
  return { statusCode: 203, headers: { 'x-aws': ['yes'] }, encoding: 'base64',
    body: Buffer.from(method + ' ' + path + ' ' + Buffer.from(body, 'base64')).toString('base64') };
};
-- functions/gateway.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.js","launcherType":"Nodejs","awsLambdaHandler":"index.run"}
-- functions/gateway.func/index.js --
exports.run = (event, context, done) => done(null, {
  statusCode: 200, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
  body: [event.httpMethod, event.path, event.queryStringParameters.x, Buffer.from(event.body, 'base64')].join(' '),
});
-- functions/throws.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}
-- functions/throws.func/index.mjs --
export function GET() { throw new Error('thrown'); }
-- functions/broken.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}
-- functions/broken.func/index.mjs --
throw new Error('cannot be loaded');
-- functions/background.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}
-- functions/background.func/index.mjs --
export function GET() {
  const context = globalThis[Symbol.for('@vercel/request-context')].get();
  context.waitUntil(new Promise((resolve) => setImmediate(resolve)).then(() => console.log('done in the background')));
  return new Response(context.url);
}
`

func TestPythonRuntime(t *testing.T) {
	need(t, "python3")
	s := newSite(t, `
-- config.json --
{"version":3}
-- functions/aws.func/.vc-config.json --
{"runtime":"python3.12","handler":"pages/handler.render"}
-- functions/aws.func/pages/handler.py --
import base64, json, helper
def render(event, context):
    request = json.loads(event["body"])
    body = base64.b64decode(request["body"]).decode()
    if "boom" in request["path"]:
        raise ValueError("boom")
    return {"statusCode": 202, "headers": {"x-list": ["a", "b"]}, "body": " ".join([helper.name, request["method"], request["path"], body])}
-- functions/aws.func/helper.py --
name = "helped"
-- functions/class.func/.vc-config.json --
{"runtime":"python3.12","handler":"index.handler"}
-- functions/class.func/index.py --
from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("class " + self.path + " " + str(self.headers.get("x-vercel-internal-request-id"))).encode())
-- functions/wsgi.func/.vc-config.json --
{"runtime":"python3.12","handler":"index.app"}
-- functions/wsgi.func/index.py --
def app(environ, start_response):
    start_response("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [environ["PATH_INFO"].encode(), b" ", environ["QUERY_STRING"].encode(), b" ", environ["wsgi.input"].read()]
-- functions/own.func/.vc-config.json --
{"runtime":"python3.12","handler":"vc__handler__python.vc_handler"}
-- functions/own.func/vc__handler__python.py --
import http.server, json, os, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served by itself")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
ipc = socket.socket(socket.AF_UNIX)
ipc.connect(os.environ["VERCEL_IPC_PATH"])
ipc.sendall(json.dumps({"type": "server-started", "payload": {"initDuration": 1, "httpPort": server.server_port}}).encode() + b"\0")
server.serve_forever()
-- functions/broken.func/.vc-config.json --
{"runtime":"python3.12","handler":"index.nothing"}
-- functions/broken.func/index.py --
`)
	s.want(s.do("POST", "/aws?x=1", "hi"), 202, "helped POST /aws?x=1 hi", "X-List: a, b")
	s.want(s.get("/aws?boom"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.log.await(t, "ValueError: boom")
	s.want(s.do("HEAD", "/aws", ""), 202, "")
	s.want(s.get("/class?x"), 200, "class /class?x None")
	s.want(s.do("POST", "/wsgi?q=1", "body"), 201, "/wsgi q=1 body", "Set-Cookie: a=1, b=2", "Content-Type: text/plain")
	s.want(s.get("/own"), 200, "served by itself")
	s.want(s.get("/broken"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.log.await(t, "has no attribute 'nothing'")
}

func TestForeignArchitecture(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"x","architecture":"riscv"}
`)
	s.log.await(t, "is made for linux on riscv, this machine is")
}

func TestUnsupportedRuntimes(t *testing.T) {
	for runtime, says := range map[string]string{"edge": "edge", "container": "container", "ruby3.3": "ruby3.3", "bun1.x": "bun1.x"} {
		s := newSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"`+runtime+`","handler":"x"}
-- functions/page.func --
-> fn.func
`)
		a := s.get("/fn", "Accept: text/html")
		s.want(a, 502, "*", "X-Vercel-Error: FUNCTION_RUNTIME_NOT_SUPPORTED")
		if !strings.Contains(a.body, says) {
			t.Errorf("the page does not name runtime %s: %s", runtime, a.body)
		}
		s.log.await(t, says)
	}
	t.Run("no interpreter", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		s := newSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"x.js","launcherType":"Nodejs"}
`)
		a := s.get("/fn")
		s.want(a, 502, "*", "X-Vercel-Error: FUNCTION_RUNTIME_NOT_SUPPORTED")
		if !strings.Contains(a.body, "needs node, which is not installed") {
			t.Errorf("body %q", a.body)
		}
	})
}

// TestFilesLeftInTheRepository runs a function whose builder did not copy its
// files.
func TestFilesLeftInTheRepository(t *testing.T) {
	need(t, "node")
	p := newPuppet(t)
	project := writeSite(t, `
-- node_modules/dep/index.js --
module.exports = 'a dependency';
-- src/page.js --
module.exports = 'a page and ' + require('dep');
-- .vercel/output/config.json --
{"version":3}
-- .vercel/output/functions/fn.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"launcher.cjs","launcherType":"Nodejs",
 "filePathMap":{"src/page.js":"src/page.js","node_modules/dep/index.js":"node_modules/dep/index.js"}}
-- .vercel/output/functions/fn.func/launcher.cjs --
module.exports = (req, res) => res.end(require('./src/page.js'));
-- .vercel/output/functions/gone.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"launcher.cjs","launcherType":"Nodejs","filePathMap":{"src/gone.js":"src/gone.js"}}
-- .vercel/output/functions/gone.func/launcher.cjs --
-- .vercel/output/functions/out.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"launcher.cjs","launcherType":"Nodejs","filePathMap":{"../../x.js":"src/page.js"}}
-- .vercel/output/functions/out.func/launcher.cjs --
`, p)
	out, err := output.Read(filepath.Join(project, ".vercel", "output"))
	if err != nil {
		t.Fatal(err)
	}
	s := serveSite(t, out, p)
	s.want(s.get("/fn"), 200, "a page and a dependency")
	s.want(s.get("/gone"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.log.await(t, `there is no \"src/gone.js\" in a directory above the output`)
	s.want(s.get("/out"), 500, "*")
	s.log.await(t, `leads out of the function`)
}

// TestNodeColdStarts invokes many functions at once for the first time.
func TestNodeColdStarts(t *testing.T) {
	need(t, "node")
	const n = 24
	var archive strings.Builder
	archive.WriteString("-- config.json --\n{\"version\":3}\n")
	for i := range n {
		fmt.Fprintf(&archive, "-- functions/fn%d.func/.vc-config.json --\n", i)
		archive.WriteString(`{"runtime":"nodejs22.x","handler":"index.mjs","launcherType":"Nodejs"}` + "\n")
		fmt.Fprintf(&archive, "-- functions/fn%d.func/index.mjs --\nexport default (req, res) => res.end('%d');\n", i, i)
	}
	s := newSite(t, archive.String())
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { s.want(s.get(fmt.Sprintf("/fn%d", i)), 200, fmt.Sprint(i)) })
	}
	all.Wait()
}

// TestProvidedNeverAsks starts a program that never polls for work.
func TestProvidedNeverAsks(t *testing.T) {
	p := newPuppet(t)
	dir := writeSite(t, `
-- config.json --
{"version":3}
-- functions/fn.func/.vc-config.json --
{"runtime":"provided.al2023","handler":"bootstrap"}
`, p)
	if err := os.WriteFile(filepath.Join(dir, "functions", "fn.func", "bootstrap"), []byte("#!/bin/sh\nexec sleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := serveSite(t, out, p, func(o *Options) { o.startTimeout = 50 * time.Millisecond })
	s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.log.await(t, "no request for work after 50ms")
}

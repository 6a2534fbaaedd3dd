package conformance_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/output"
)

// byHosts is what hosts change in a response, or add to it, and why.
var byHosts = comparison{
	apart: map[string]string{
		"Date":           "when it was sent",
		"X-Vercel-Id":    "the number of the request",
		"X-Vercel-Cache": "what the host's cache had to do with it",
		"Age":            "how long an entry has been in the cache",
	},
	added: map[string]string{
		"Cache-Control":  "visitors ask again each time, unless the page says something else",
		"Etag":           "computed when it is sent",
		"Accept-Ranges":  "parts of a file can be asked for",
		"Content-Length": "what is sent in parts has none",
		"Vary":           "bodies are compressed for those who take it",
	},
}

// TestParity asks sites for everything, in each of the ways in which requests reach one:
// the responses are the same.
func TestParity(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it builds and serves sites")
	}
	needValidator(t)
	for name, targets := range parameterTargets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project, other := copyExample(t, name), copyExample(t, name)
			for _, project := range []string{project, other} { // else each has another token
				writeFile(t, filepath.Join(project, ".env"), "JARGO_BYPASS_TOKEN="+strings.Repeat("token", 10)+"\n")
			}
			program := &build.Program{System: runtime.GOOS, Arch: runtime.GOARCH, Carry: true, File: filepath.Join(t.TempDir(), "site")}
			if _, err := build.Build(t.Context(), build.Options{Dir: project, Native: true, Program: program, Log: t.Output()}); err != nil {
				t.Fatal(err)
			}
			out, err := output.Read(filepath.Join(project, ".vercel", "output"))
			if err != nil {
				t.Fatal(err)
			}
			requests := everyRequest(out, targets...)
			host := servePrebuilt(t, project)
			for way, ask := range map[string]asker{
				"functions asked directly": askFunctions(t, out, requests, host),
				"in a process with pages":  askHTTP(startServer(t, os.Args[0], "serve", "--addr", "127.0.0.1:0", other)),
				"as one program":           askHTTP(startServer(t, program.File, "--addr", "127.0.0.1:0")),
			} {
				t.Run(way, func(t *testing.T) { byHosts.compare(t, requests, askHTTP(host), ask) })
			}
		})
	}
}

package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mix is a wrk script that asks for a fresh page, a file of 10 KB, a page that is rendered
// again each second, and one of 200 such pages.
const mix = `
local n = 0
request = function()
	n = n + 1
	local kind = n % 4
	local path = "/ten.txt"
	if kind == 0 then path = "/" elseif kind == 1 then path = "/every/" .. (n % 200) elseif kind == 2 then path = "/every/0" end
	return wrk.format("GET", path)
end
`

// BenchmarkServeSoak asks a site in one process, whose cache is on disk, for all kinds of
// pages: a second at full load, then one of rest, again and again. It logs the memory and the
// descriptors each minute, from which a leak would be seen.
func BenchmarkServeSoak(b *testing.B) {
	needPrograms(b)
	dir := newDir(b)
	site, program := filepath.Join(dir, "site"), filepath.Join(dir, "program")
	writeModule(b, site)
	writeFile(b, filepath.Join(site, "public", "ten.txt"), strings.Repeat("ten kilobytes of a file\n", 427))
	writeFile(b, filepath.Join(site, "pages", "page.go"), `package pages

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Fresh{} }

func Data(r *http.Request) string { return r.Host }

func Render(host string) string { return strings.Repeat(fmt.Sprintf("<p>%s</p>", host), 100) }
`)
	writeFile(b, filepath.Join(site, "pages", "every", "name_", "page.go"), `package name

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Regenerated{Every: time.Second} }

func Data(r *http.Request) string { return r.PathValue("name") + " at " + time.Now().String() }

func Render(text string) string { return strings.Repeat(fmt.Sprintf("<p>%s</p>", text), 100) }
`)
	script := filepath.Join(dir, "mix.lua")
	writeFile(b, script, mix)
	jargo := goBuild(b, "..", "./cmd/jargo")
	run(b, exec.CommandContext(b.Context(), jargo, "build", "--binary", program, site))
	server := newPinned(b, program, "--log", "json", "--addr", "127.0.0.1:0", "--cache", filepath.Join(dir, "cache"))
	pid := server.cmd.Process.Pid
	requests, turns := 0, 0
	for b.Loop() {
		out := runWrk(b, "-c16", "-d1s", "-s", script, "http://"+server.addr)
		if strings.Contains(out, "Socket errors") {
			b.Fatalf("wrk:\n%s", out)
		}
		for line := range strings.Lines(out) {
			var n int
			if _, err := fmt.Sscanf(line, "%d requests in", &n); err == nil {
				requests += n
			}
		}
		time.Sleep(time.Second)
		if turns++; turns%30 == 0 {
			open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("after %d minutes and %d requests: %.1f MB, %d descriptors", turns/30, requests, memoryOf(b, pid, "VmRSS"), len(open))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(requests), "requests")
	b.ReportMetric(memoryOf(b, pid, "VmRSS"), "MB")
}

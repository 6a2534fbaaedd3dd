package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkUnchanged builds a site of 200 small pages of which none has changed
// since the last build, against go build of the same program by turns.
func BenchmarkUnchanged(b *testing.B) {
	jargo := goBuild(b, "..", "./cmd/jargo")
	site := newDir(b)
	writePages(b, site)
	buildJargo := func() cost { return run(b, exec.CommandContext(b.Context(), jargo, "build", site)) }
	buildJargo() // makes the overlay
	goTool := goBuildOf(b, site)
	reportRatio(b, compare(b, side{"jargo", buildJargo}, side{"plain", goTool}))
}

// goBuildOf makes the command line that Jargo compiles the site's program with,
// for a program of its own name.
func goBuildOf(b *testing.B, site string) func() cost {
	overlays, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "jargo", "build", filepath.Base(site)+"-*", "overlay.json"))
	if err != nil || len(overlays) != 1 {
		b.Fatalf("the site's overlay is not one of %q: %v", overlays, err)
	}
	build, _ := goBuildWith(b, site, overlays[0])
	return build
}

// goBuildWith is goBuildOf with the overlay, and returns where the program will be.
func goBuildWith(b *testing.B, site, overlay string) (build func() cost, program string) {
	program = filepath.Join(b.TempDir(), "program")
	return func() cost {
		cmd := exec.CommandContext(b.Context(), "go", "build", "-overlay", overlay, "-o", program,
			"-ldflags=-s -w", "-trimpath", "-buildvcs=false", "./pages/_jargo")
		cmd.Dir = site
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		return run(b, cmd)
	}, program
}

// forms are those of the small pages; their number stands in each.
var forms = []string{
	`package page%[1]d

func Render() string { return "<h1>Page %[1]d</h1>" }
`,
	`package page%[1]d

import "strconv"

func Data() int           { return %[1]d }
func Render(n int) string { return strconv.Itoa(n) }
`,
	`package page%[1]d

import (
	"time"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Regenerated{Every: time.Minute} }
func Render() string       { return "<h1>Page %[1]d</h1>" }
`,
	`package page%[1]d

import (
	"net/http"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config        { return jargo.Fresh{} }
func Data(r *http.Request) string { return r.URL.Path }
func Render(path string) string   { return path + " %[1]d" }
`,
}

// writePages writes a site of 200 pages: 80 of each of the first two forms, 20
// of each of the others.
func writePages(b *testing.B, site string) {
	writeModule(b, site)
	for i := range 200 {
		form := forms[i%2]
		if i%5 == 4 {
			form = forms[2+i%2]
		}
		writeFile(b, filepath.Join(site, "pages", fmt.Sprintf("page%d", i), "page.go"), fmt.Sprintf(form, i))
	}
}

// writeModule makes a directory a module that requires this checkout.
func writeModule(b *testing.B, site string) {
	checkout, err := filepath.Abs("..")
	if err != nil {
		b.Fatal(err)
	}
	writeFile(b, filepath.Join(site, "go.mod"), "module example.com/site\n\ngo 1.26.0\n\n"+
		"require github.com/jargo-dev/jargo v0.0.0\n\nreplace github.com/jargo-dev/jargo => "+checkout+"\n")
}

func writeFile(b *testing.B, name, data string) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		b.Fatal(err)
	}
}

package bench_test

import (
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jargo-dev/jargo/bench/markdown/article"
	"github.com/jargo-dev/jargo/internal/build"
)

// BenchmarkPages renders and writes 10,000 Markdown pages: the whole of that
// step of a build, from the first page that is done to the output in its place,
// against a plain program with as many workers, and with one. What is written
// stays until the benchmark ends, 80 MB each time: some file systems create
// files slowly just after others were removed.
func BenchmarkPages(b *testing.B) {
	flat := goBuild(b, ".", "./markdown/flat")
	workers := runtime.GOMAXPROCS(0)
	m := compare(b,
		side{"jargo", func() cost { return renderSite(b) }},
		side{"plain", func() cost { return renderFlat(b, flat, workers) }},
		side{"serial", func() cost { return renderFlat(b, flat, 1) }},
	)
	reportRatio(b, m)
}

// renderSite builds the site into a new directory. The time begins when the
// first page is done: one in 10,000 after the first was sent to be rendered.
func renderSite(b *testing.B) cost {
	dir := newDir(b)
	var started time.Time
	var before time.Duration
	rendered := 0
	_, err := build.Build(b.Context(), build.Options{
		Dir: "markdown", Out: filepath.Join(dir, "output"), Log: io.Discard,
		Progress: func(done, _ int) {
			if rendered == 0 {
				// The Go tool has ended and counts; the site's program will
				// have ended later.
				started, before = time.Now(), cpuTime(b)
			}
			rendered = done
		},
	})
	took := cost{time.Since(started), cpuTime(b) - before}
	if err != nil || rendered != article.Count {
		b.Fatalf("%d of %d pages: %v", rendered, article.Count, err)
	}
	return took
}

// cpuTime is the CPU time of this process and of those it has waited for.
func cpuTime(b *testing.B) time.Duration {
	var sum time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var usage unix.Rusage
		if err := unix.Getrusage(who, &usage); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return sum
}

// renderFlat runs the plain program, which measures its time itself: its start
// does not count either.
func renderFlat(b *testing.B, program string, workers int) cost {
	dir := newDir(b)
	cmd := exec.CommandContext(b.Context(), program, dir, strconv.Itoa(workers))
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	took, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return cost{time.Duration(took), cpuOf(cmd.ProcessState)}
}

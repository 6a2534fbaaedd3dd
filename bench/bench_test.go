// Package bench_test measures Jargo against plain Go programs that do the same.
//
// Each benchmark runs both sides by turns, so that what else the machine does
// falls on both, and reports the median of each and their ratio. How often is
// said by -benchtime 5x. It says no more: what is good enough is for the reader
// of the numbers.
package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/build"
)

// TestMain keeps what the builds cache apart from the user's own, except for
// the Go tool's part of it.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		goCache, err := exec.Command("go", "env", "GOCACHE").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go env GOCACHE: %v\n", err)
			return 1
		}
		dir, err := os.MkdirTemp("", "bench-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		os.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
		os.Setenv("XDG_CACHE_HOME", dir)
		return m.Run()
	}())
}

// side is one of the programs that are compared.
type side struct {
	name string
	run  func() cost
}

// cost is what a side takes once.
type cost struct {
	wall time.Duration
	cpu  time.Duration // of all its processes, in user and system mode; 0 if that is not known
}

// medians are of what a side takes, in milliseconds.
type medians struct{ wall, cpu float64 }

// compare runs the sides by turns and reports the medians of each. It returns
// them in the same order.
func compare(b *testing.B, sides ...side) []medians {
	b.Helper()
	for _, s := range sides {
		s.run() // the first time fills the caches
	}
	wall, cpu := make([][]float64, len(sides)), make([][]float64, len(sides))
	for n := 0; b.Loop(); n++ {
		for i := range sides {
			k := (i + n) % len(sides) // no side is always the first
			c := sides[k].run()
			wall[k] = append(wall[k], milliseconds(c.wall))
			cpu[k] = append(cpu[k], milliseconds(c.cpu))
		}
	}
	m := make([]medians, len(sides))
	for i, s := range sides {
		m[i] = medians{median(wall[i]), median(cpu[i])}
		b.ReportMetric(m[i].wall, s.name+"-ms")
		if m[i].cpu > 0 {
			b.ReportMetric(m[i].cpu, s.name+"-cpu-ms")
		}
	}
	b.ReportMetric(0, "ns/op") // of all sides together: says nothing
	return m
}

// reportRatio reports how much longer the first side takes than the second. On
// a machine that has other work, the ratio of the CPU times is the steadier.
func reportRatio(b *testing.B, m []medians) {
	b.ReportMetric(m[0].wall/m[1].wall, "ratio")
	b.ReportMetric(m[0].cpu/m[1].cpu, "cpu-ratio")
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// cpuOf is the CPU time of a process that has ended and of those it waited for.
func cpuOf(p *os.ProcessState) time.Duration { return p.UserTime() + p.SystemTime() }

// newDir makes a directory that no other has the name of. It is removed when
// the benchmark ends.
func newDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp(b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

// goBuild compiles a program as Jargo compiles its own.
func goBuild(b *testing.B, dir, pkg string) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), filepath.Base(pkg))
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	run(b, cmd)
	return program
}

// run runs a command that must succeed.
func run(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	started := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(started)
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return cost{took, cpuOf(cmd.ProcessState)}
}

// buildSite builds a site and returns the output directory.
func buildSite(b *testing.B, project string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "output")
	if _, err := build.Build(b.Context(), build.Options{Dir: project, Out: out, Log: b.Output()}); err != nil {
		b.Fatal(err)
	}
	return out
}

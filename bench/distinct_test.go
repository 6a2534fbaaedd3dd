package bench_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Bounds of a load: it ends with so many requests, or when its time is over.
const (
	distinctRequests = 100_000
	distinctTime     = 20 * time.Second
	distinctClients  = 16
)

// load is requests none of which is like another.
type load struct {
	name     string
	path     func(i int) string
	hostname func(i int) string // nil is always the same
}

var (
	queries1K  = load{name: "queries-1kB", path: func(i int) string { return "/search?q=" + distinct(i, 1000) }}
	queries13K = load{name: "queries-13kB", path: func(i int) string { return "/search?q=" + distinct(i, 13_000) }}
	paths      = load{name: "paths", path: func(i int) string { return "/live/" + distinct(i, 40) }}
	hosts      = load{name: "hosts", path: func(int) string { return "/regenerate" }, hostname: func(i int) string { return distinct(i, 10+i%244) }}
)

// distinct is a text of n bytes that is another for each i.
func distinct(i, n int) string {
	number := strconv.Itoa(i)
	return number + strings.Repeat("x", n-len(number))
}

// BenchmarkDistinct sends the kitchen sink requests that are all different, and
// reports what the server has in memory and on disk then, at its peak too. The
// program in $JARGO is measured instead of this one, if there is one: it can be an
// older one.
func BenchmarkDistinct(b *testing.B) {
	out := buildSite(b, filepath.Join("..", "examples", "kitchensink"))
	jargo := os.Getenv("JARGO")
	if jargo == "" {
		jargo = goBuild(b, "..", "./cmd/jargo")
	}
	for b.Loop() {
		b.Run("shared", func(b *testing.B) {
			measureLoads(b, startServe(b, jargo, out), queries1K, queries13K, paths, hosts)
		})
		if takesHosts(b, jargo) {
			b.Run("any-host", func(b *testing.B) {
				measureLoads(b, startServe(b, jargo, out, "--host", "*"), hosts)
			})
		}
	}
}

// takesHosts reports whether the program has the flag --host.
func takesHosts(b *testing.B, jargo string) bool {
	help, err := exec.CommandContext(b.Context(), jargo, "serve", "--help").Output()
	if err != nil {
		b.Fatal(err)
	}
	return strings.Contains(string(help), "--host ")
}

// startServe starts jargo serve on an output.
func startServe(b *testing.B, jargo, out string, flags ...string) *serving {
	return startJargo(b, jargo, append([]string{"serve", "--prebuilt", "--addr", "127.0.0.1:0", "--log", "json", out}, flags...)...)
}

// measureLoads sends one load after the other and reports each.
func measureLoads(b *testing.B, s *serving, loads ...load) {
	get(b, "http://"+s.addr+"/fresh") // the function has started
	b.ReportMetric(s.memory(b, "VmRSS"), "MB-at-first")
	b.ReportMetric(0, "ns/op")
	for _, l := range loads {
		sent, took := s.send(b, l)
		b.ReportMetric(s.memory(b, "VmRSS"), fmt.Sprintf("MB-after-%d-%s", sent, l.name))
		b.ReportMetric(float64(sent)/took.Seconds(), l.name+"/s")
	}
	b.ReportMetric(s.memory(b, "VmHWM"), "MB-at-peak")
	size, files := diskUse(b, s.cache)
	b.ReportMetric(size, "MB-on-disk")
	b.ReportMetric(float64(files), "inodes")
}

// send sends the requests of a load, and says how many and how long that took.
func (s *serving) send(b *testing.B, l load) (int, time.Duration) {
	begun := time.Now()
	var next, sent atomic.Int64
	var clients sync.WaitGroup
	for range distinctClients {
		clients.Go(func() {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for time.Since(begun) < distinctTime {
				i := int(next.Add(1))
				if i > distinctRequests {
					return
				}
				host := s.addr
				if l.hostname != nil {
					host = l.hostname(i)
				}
				if err := ask(conn, answers, l.path(i), host); err != nil {
					b.Errorf("request %d of %s: %v", i, l.name, err)
					return
				}
				sent.Add(1)
			}
		})
	}
	clients.Wait()
	return int(sent.Load()), time.Since(begun)
}

// ask sends a request and reads the answer, which must be a good one.
func ask(conn net.Conn, answers *bufio.Reader, path, host string) error {
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answer %s", resp.Status)
	}
	return nil
}

// diskUse is what the files of a directory take, in MB, and how many there are.
func diskUse(b *testing.B, dir string) (size float64, files int) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = e.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has just made room
		}
		if err != nil {
			return err
		}
		size += float64(info.Sys().(*syscall.Stat_t).Blocks*512) / (1 << 20)
		files++
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return size, files
}

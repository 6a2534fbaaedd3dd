package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// runBuild renders pages for the front end that listens on the socket, and
// returns the exit status.
func runBuild(pages []Page, socket string) int {
	go func(parent int) {
		untilOrphaned(parent)
		os.Exit(1)
	}(os.Getppid())
	conn, err := net.Dial("unix", socket)
	if err == nil {
		defer conn.Close()
		err = newSite(pages, Options{}).build(conn)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "render pages: %v\n", err)
		return 1
	}
	return 0
}

// untilOrphaned returns when the program's parent has died. A page that never
// returns would otherwise keep the program for ever. Systems tell a process
// nothing of its parent's end that could be awaited.
func untilOrphaned(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
}

// build sends the manifest and answers jobs until there are no more.
func (s *site) build(conn io.ReadWriter) error {
	manifest, err := json.Marshal(s.manifest())
	if err != nil {
		return fmt.Errorf("encode the manifest: %w", err)
	}
	if _, err := conn.Write(append(manifest, '\n')); err != nil {
		return fmt.Errorf("send the manifest: %w", err)
	}
	n := runtime.GOMAXPROCS(0)
	jobs, results := make(chan Job, n), make(chan []byte, 4*n)
	sent := make(chan error, 1)
	go func() { sent <- sendResults(conn, results) }()
	var workers sync.WaitGroup
	workers.Add(n)
	for i := 0; i < n; i++ {
		go s.work(jobs, results, &workers)
	}
	read := readJobs(conn, jobs)
	close(jobs)
	workers.Wait()
	close(results)
	if err := <-sent; read == nil {
		read = err
	}
	return read
}

// manifest asks every page for its Config and its Paths.
func (s *site) manifest() Manifest {
	m := Manifest{Pages: make([]PageInfo, len(s.pages))}
	each(len(s.pages), func(i int) {
		p, info := s.pages[i], &m.Pages[i]
		info.Pattern = p.Pattern
		info.Config = p.settings()
		info.Failure = newFailure(InConfig, p.failed)
		paths, err := p.callPaths()
		info.Paths = paths
		if info.Failure == nil {
			info.Failure = newFailure(InPaths, err)
		}
	})
	return m
}

// each calls f(0) to f(n-1), as many at once as there are processors.
func each(n int, f func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < n && i < runtime.GOMAXPROCS(0); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range next {
				f(i)
			}
		}()
	}
	for i := 0; i < n; i++ {
		next <- i
	}
	close(next)
	workers.Wait()
}

func readJobs(conn io.Reader, jobs chan<- Job) error {
	decoder := json.NewDecoder(bufio.NewReaderSize(conn, 64<<10))
	for {
		var job Job
		switch err := decoder.Decode(&job); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read a job: %w", err)
		}
		jobs <- job
	}
}

// sendResults writes what comes and flushes when nothing more is there, so that
// no answer waits for a slow page.
func sendResults(conn io.Writer, results <-chan []byte) error {
	w := bufio.NewWriterSize(conn, 64<<10)
	var failed error
	for line := range results {
		if failed != nil {
			continue // let the workers come to an end
		}
		w.Write(line) // bufio keeps the error for Flush
		if len(results) == 0 {
			failed = w.Flush()
		}
	}
	if failed != nil {
		return fmt.Errorf("send a result: %w", failed)
	}
	return nil
}

// work answers jobs. A page that ends its goroutine must not end the work, nor
// leave the front end waiting.
func (s *site) work(jobs <-chan Job, results chan<- []byte, workers *sync.WaitGroup) {
	var job Job
	ended := true
	defer func() {
		if !ended {
			workers.Done()
			return
		}
		results <- encode(Result{ID: job.ID, Failure: newFailure(InRender, errors.New("the page called runtime.Goexit"))})
		go s.work(jobs, results, workers)
	}()
	for job = range jobs {
		results <- encode(s.do(job))
	}
	ended = false
}

func encode(r Result) []byte {
	b, err := json.Marshal(r)
	if err != nil { // there is nothing in a Result that cannot be encoded
		panic("internal error: encode a result: " + err.Error())
	}
	return append(b, '\n')
}

// do renders one page and writes its file.
func (s *site) do(job Job) Result {
	w := newResponse(nil)
	defer w.release()
	in, err := InRender, s.renderJob(w, job)
	if err == nil {
		in, err = InWrite, writeFile(job.File, w.body())
	}
	if err != nil {
		return Result{ID: job.ID, Failure: newFailure(in, err)}
	}
	return Result{ID: job.ID, Status: w.statusCode(), Header: w.headers(), Size: int64(len(w.body()))}
}

func (s *site) renderJob(w *Response, job Job) error {
	if job.Page < 0 || job.Page >= len(s.pages) {
		return fmt.Errorf("there is no page number %d", job.Page)
	}
	p := s.pages[job.Page]
	values, ok := p.pattern.match(job.Path, true, nil)
	path, err := url.PathUnescape(job.Path)
	if err != nil || !ok {
		return fmt.Errorf("path %q does not match %q", job.Path, p.Pattern)
	}
	u := &url.URL{Path: path}
	if u.EscapedPath() != job.Path {
		u.RawPath = job.Path
	}
	r := pageRequest(context.Background(), u, http.MethodGet)
	setParameters(r, p, values)
	err = p.render(w, r)
	// A build page is a file: it cannot redirect, and it exists.
	if err != nil && p.kind() == Regenerated {
		err = s.answer(w, r, err)
	}
	return err
}

// writeFile writes a file with one write. Its directory is nearly always there.
func writeFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

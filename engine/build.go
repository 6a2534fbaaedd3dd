package engine

import (
	"bufio"
	"context"
	"encoding/binary"
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
)

// runBuild renders pages for the build that listens in dir, and returns the
// exit status. A page may still be at work when it does.
func runBuild(s Site, dir string) int {
	conn, err := net.Dial("unix", filepath.Join(dir, BuildSocket))
	var begun *os.File
	if err == nil {
		begun, err = os.OpenFile(filepath.Join(dir, BuildBegun), os.O_WRONLY, 0)
	}
	if err == nil {
		err = newSite(s.Pages, Options{}).build(s, conn, begun)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "render pages: %v\n", err)
		return 1
	}
	endGroup()
	return 0
}

// build runs jobs until the build has no more, or is gone. It greets the build
// once the site is opened, and sees the end of the build even if that hangs.
func (s *site) build(from Site, conn io.ReadWriter, begun io.WriterAt) error {
	n := runtime.GOMAXPROCS(0)
	// There is room for all jobs that a build gives ahead. So reading goes on when
	// all pages hang, and sees the end of the build.
	jobs, results := make(chan Job, 1<<10), make(chan []byte, 4*n)
	go sendResults(conn, results)
	ctx, end := context.WithCancel(context.Background())
	opened := make(chan io.Closer, 1)
	defer func() {
		end()
		select {
		case c := <-opened:
			if failure := closeOpened(c); failure != "" {
				fmt.Fprintln(os.Stderr, failure)
			}
		default: // Open has not returned
		}
	}()
	go func() {
		var c io.Closer
		c, s.openErr = from.open(ctx)
		opened <- c
		results <- encode(Hello{AtOnce: n})
		for i := 0; i < n; i++ {
			w := &worker{site: s, jobs: jobs, results: results, begun: begun, offset: int64(8 * i)}
			go w.work()
		}
	}()
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

// sendResults writes results and flushes when there are no more, so that none
// waits for a slow page. A write fails only when the build is gone, which build
// will see.
func sendResults(conn io.Writer, results <-chan []byte) {
	w := bufio.NewWriterSize(conn, 64<<10)
	for line := range results {
		w.Write(line)
		if len(results) == 0 {
			w.Flush()
		}
	}
}

func encode(message any) []byte {
	b, err := json.Marshal(message)
	if err != nil { // a message can always be encoded
		panic("internal error: encode a message: " + err.Error())
	}
	return append(b, '\n')
}

// worker runs one job after the other.
type worker struct {
	*site
	jobs    <-chan Job
	results chan<- []byte
	begun   io.WriterAt
	offset  int64 // of the worker's own bytes in begun
}

// work runs jobs for ever. A page that ends its goroutine must not end the worker,
// nor leave the build waiting.
func (w *worker) work() {
	var job Job
	defer func() {
		f := newFailure(InRender, errors.New("the page called runtime.Goexit"))
		w.results <- encode(Result{ID: job.ID, Failure: f})
		go w.work()
	}()
	var id [8]byte
	for job = range w.jobs {
		binary.LittleEndian.PutUint64(id[:], uint64(job.ID))
		w.begun.WriteAt(id[:], w.offset) // without it, the build only knows less
		result := w.do(job)
		result.ID = job.ID
		w.results <- encode(result)
	}
}

func (s *site) do(job Job) Result {
	if job.Page < 0 || job.Page >= len(s.pages) {
		return failed(InRender, fmt.Errorf("there is no page number %d", job.Page))
	}
	if s.openErr != nil {
		f := newFailure(InOpen, s.openErr)
		f.Fix = "it is called while the site is built, too: jargo.Building() is true then"
		return Result{Failure: f}
	}
	if job.File == "" {
		return s.pages[job.Page].load()
	}
	return s.renderFile(s.pages[job.Page], job)
}

func failed(in string, err error) Result { return Result{Failure: newFailure(in, err)} }

// load asks a page for its Config and its Paths.
func (p *page) load() Result {
	info := PageInfo{Config: p.settings()}
	if p.failed != nil {
		return failed(InConfig, p.failed)
	}
	var err error
	if info.Paths, err = p.callPaths(); err != nil {
		return failed(InPaths, err)
	}
	return Result{Loaded: encode(info)}
}

// renderFile renders a page and writes its file.
func (s *site) renderFile(p *page, job Job) Result {
	w := newResponse(nil)
	defer w.release()
	if err := s.renderJob(w, p, job); err != nil {
		return failed(InRender, err)
	}
	if err := writeFile(job.File, w.body()); err != nil {
		return failed(InWrite, err)
	}
	return Result{Status: w.statusCode(), Header: w.headers(), Size: int64(len(w.body()))}
}

func (s *site) renderJob(w *Response, p *page, job Job) error {
	u := &url.URL{Path: job.Path}
	escaped := job.Path
	if job.Escaped != "" {
		escaped = job.Escaped
	}
	if u.EscapedPath() != escaped {
		u.RawPath = escaped
	}
	values, ok := p.pattern.match(job.Path, nil)
	if !ok {
		return fmt.Errorf("path %q does not match %q", job.Path, p.Pattern)
	}
	r := pageRequest(context.Background(), u, http.MethodGet)
	setParameters(r, p, values)
	err := p.render(w, r)
	// A build page is a file: it cannot redirect, and it exists.
	if err != nil && p.kind() == Regenerated {
		err = s.respondTo(w, r, err)
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

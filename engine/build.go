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
	"sync"
	"time"
)

// roomToRender is how many bytes of garbage pages may make, at least, before it is
// collected. Pages leave much and keep little: a heap that only doubles is collected,
// given back to the system and asked for again every few pages, which takes as long
// as half of the pages do.
const roomToRender = 8 << 20

// runBuild renders pages for the build that listens in dir, and returns the
// exit status. A page may still be at work when it does.
func runBuild(s Site, dir string) int {
	// The collector lets the heap double. What is never touched counts, and takes no memory.
	room := make([]byte, roomToRender)
	defer runtime.KeepAlive(room)
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
	jobs := make(chan Job, 1<<10)
	results := &results{to: conn, jobs: jobs}
	go results.sendLate()
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
		results.add(encode(Hello{AtOnce: n}))
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

// results are those that the build has not been sent yet.
type results struct {
	to   io.Writer
	jobs <-chan Job // that wait

	mu    sync.Mutex
	lines []byte
	sent  time.Time // when the last were
}

// Results are sent together: a message for each would take the build and the program
// a good part of the time that quick pages take. None waits for longer than that for
// others to come, and none where they may be all that the build waits for.
const (
	soon = 2 * time.Millisecond
	late = 10 * time.Millisecond // when pages are slow, and none comes
)

// add adds a message.
func (r *results) add(line []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line...)
	if now := time.Now(); len(r.jobs) == 0 || now.Sub(r.sent) >= soon {
		r.send(now)
	}
}

// send sends what there is. A write fails only when the build is gone, which build will
// see. The caller holds the lock.
func (r *results) send(now time.Time) {
	r.to.Write(r.lines)
	r.lines, r.sent = r.lines[:0], now
}

// sendLate sends what nothing has come after, for ever.
func (r *results) sendLate() {
	for now := range time.Tick(late) {
		r.mu.Lock()
		if len(r.lines) > 0 {
			r.send(now)
		}
		r.mu.Unlock()
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
	results *results
	begun   io.WriterAt
	offset  int64 // of the worker's own bytes in begun
}

// work runs jobs for ever. A page that ends its goroutine must not end the worker,
// nor leave the build waiting.
func (w *worker) work() {
	var job Job
	defer func() {
		f := newFailure(InRender, errors.New("the page called runtime.Goexit"))
		w.results.add(encode(Result{ID: job.ID, Failure: f}))
		go w.work()
	}()
	var id [8]byte
	for job = range w.jobs {
		binary.LittleEndian.PutUint64(id[:], uint64(job.ID))
		w.begun.WriteAt(id[:], w.offset) // without it, the build only knows less
		result := w.do(job)
		result.ID = job.ID
		w.results.add(encode(result))
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
	header := w.headers()
	if header.Get("Content-Type") == HTMLType {
		delete(header, "Content-Type")
	}
	return Result{Status: w.statusCode(), Header: header, Size: int64(len(w.body()))}
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
	f, err := OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err = OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
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

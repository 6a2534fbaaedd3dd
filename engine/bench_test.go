package engine_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// post is the page of the benchmarks: html/template, about 7 KB.
var post = template.Must(template.New("post").Parse(`<!doctype html>
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
{{range .Comments}}<article><h2>{{.Name}}</h2><p>{{.Text}}</p></article>
{{end}}`))

type comment struct{ Name, Text string }

func postData(title string) any {
	comments := make([]comment, 20)
	for i := range comments {
		comments[i] = comment{fmt.Sprint("Visitor ", i), strings.Repeat("I like <small> pages. ", 11)}
	}
	return map[string]any{"Title": title, "Comments": comments}
}

// BenchmarkFresh sends the same number of requests, over real connections, to
// the page under bare net/http and under the engine, taking turns so that both
// see the same machine. The page is written to the response, or it is rendered
// to a string first. It prints requests per second and the engine's ratios.
func BenchmarkFresh(b *testing.B) {
	data := postData("Hello")
	toString := func() (string, error) {
		var s strings.Builder
		err := post.Execute(&s, data)
		return s.String(), err
	}
	handlers := []http.Handler{
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			post.Execute(w, data)
		}),
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			s, _ := toString()
			io.WriteString(w, s)
		}),
		engine.NewHandler([]engine.Page{rendering(func(w *engine.Response, _ *http.Request) error {
			return post.Execute(w, data)
		})}, engine.Options{}),
		engine.NewHandler([]engine.Page{fresh("/", func(*http.Request) (string, error) { return toString() })}, engine.Options{}),
	}
	var urls []string
	for _, h := range handlers {
		server := httptest.NewServer(h)
		defer server.Close()
		urls = append(urls, server.URL+"/")
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	const batch = 200
	spent, rounds := make([]time.Duration, len(urls)), 0
	for b.Loop() {
		rounds++
		for i := range urls {
			i = (i + rounds) % len(urls)
			spent[i] += fetch(b, client, urls[i], batch)
		}
	}
	rate := func(i int) float64 { return batch * float64(rounds) / spent[i].Seconds() }
	b.ReportMetric(rate(0), "bare-writer/s")
	b.ReportMetric(rate(1), "bare-string/s")
	b.ReportMetric(rate(2), "writer/s")
	b.ReportMetric(rate(3), "string/s")
	b.ReportMetric(rate(2)/rate(0), "writer-ratio")
	b.ReportMetric(rate(3)/rate(1), "string-ratio")
}

// fetch gets a URL n times by four clients at once.
func fetch(b *testing.B, client *http.Client, url string, n int) time.Duration {
	var wg sync.WaitGroup
	begin := time.Now()
	for range 4 {
		wg.Go(func() {
			for range n / 4 {
				response, err := client.Get(url)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					b.Error(err)
				}
				response.Body.Close()
			}
		})
	}
	wg.Wait()
	return time.Since(begin)
}

// BenchmarkHandler is the engine's own cost: a page that does nothing.
func BenchmarkHandler(b *testing.B) {
	h := engine.NewHandler([]engine.Page{text("/about", engine.Fresh, "x"), text("/posts/{slug}", engine.Fresh, "x")}, engine.Options{})
	for _, path := range []string{"/about", "/posts/hello"} {
		b.Run(path[1:], func(b *testing.B) {
			r := httptest.NewRequest("GET", path, nil)
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

// renderPost is the page of BenchmarkBuild: about 7 KB, by html/template or,
// to see the cost of everything else, without any rendering.
func renderPost(slug string) (string, error) {
	if strings.HasPrefix(slug, "constant") {
		return constantPost, nil
	}
	var s strings.Builder
	err := post.Execute(&s, postData("Post "+slug))
	return s.String(), err
}

var constantPost = strings.Repeat("constant", 900)

// BenchmarkBuild renders and writes 10,000 pages through the protocol, in a
// process of its own, and in a plain loop of one goroutine a processor. It
// prints the time per page and the ratio.
func BenchmarkBuild(b *testing.B) {
	const pages = 10_000
	for _, slug := range []string{"template", "constant"} {
		b.Run(slug, func(b *testing.B) {
			var plain, built time.Duration
			rounds := 0
			for b.Loop() {
				loops := []func(){
					func() { plain += plainLoop(b, slug, b.TempDir(), pages) },
					func() { built += protocolLoop(b, slug, b.TempDir(), pages) },
				}
				loops[rounds%2]()
				loops[1-rounds%2]()
				rounds++
			}
			perPage := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(rounds*pages) }
			b.ReportMetric(perPage(plain), "plain-µs/page")
			b.ReportMetric(perPage(built), "engine-µs/page")
			b.ReportMetric(built.Seconds()/plain.Seconds(), "ratio")
		})
	}
}

func plainLoop(b *testing.B, slug, dir string, n int) time.Duration {
	begin := time.Now()
	next := make(chan int, 64)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				s, err := renderPost(fmt.Sprint(slug, i))
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.html", i)), []byte(s), 0o644)
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return time.Since(begin)
}

func protocolLoop(b *testing.B, slug, dir string, n int) time.Duration {
	l, socketDir := listenBuild(b)
	defer l.Close()
	process := start(b, os.Args[0], engine.BuildDir+"="+socketDir, asSite+"=bench")
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	in := json.NewDecoder(bufio.NewReader(conn))
	var hello engine.Hello
	if err := in.Decode(&hello); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	go sendJobs(conn, slug, dir, n)
	for range n {
		var r engine.Result
		if err := in.Decode(&r); err != nil || r.Failure != nil {
			b.Fatal(err, r.Failure)
		}
	}
	spent := time.Since(begin)
	conn.Close()
	process.wantExit(0)
	return spent
}

func sendJobs(conn net.Conn, slug, dir string, n int) {
	w := bufio.NewWriter(conn)
	out := json.NewEncoder(w)
	for i := range n {
		out.Encode(engine.Job{ID: i + 1, Path: fmt.Sprintf("/posts/%s%d", slug, i), File: filepath.Join(dir, fmt.Sprintf("%d.html", i))})
	}
	w.Flush()
}

// benchPages is the site of BenchmarkBuild.
func benchPages() []engine.Page {
	return []engine.Page{page("/posts/{slug}", engine.Build, func(r *http.Request) (string, error) {
		return renderPost(r.PathValue("slug"))
	})}
}

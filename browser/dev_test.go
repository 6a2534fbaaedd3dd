package browser_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jargo-dev/jargo/engine"
	devbrowser "github.com/jargo-dev/jargo/internal/dev/browser"
	"github.com/jargo-dev/jargo/internal/diag"
)

// project is a directory, whose public files are served, around a page that says what
// its file page.txt does.
type project struct {
	t     *testing.T
	dir   string
	forms *atomic.Int32 // how many were sent
}

// styleHash is in the second name of the style sheet.
const styleHash = "0123456789ab"

const devPage = `<!doctype html><html lang="en"><title>%[1]s</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.` + styleHash + `.css"><link rel="stylesheet" href="/other.css">
<h1>%[1]s</h1><input><img src="/dot.svg" srcset="/dot.svg 1x, /dot.svg?x 2x" alt=""><p id="back">A picture</p><div style="height:3000px"></div>
</body></html>`

func newProject(t *testing.T) project {
	p := project{t, t.TempDir(), new(atomic.Int32)}
	p.write("page.txt", "first")
	p.write("public/style.css", "h1 { color: rgb(1, 1, 1) } #back { background-image: url(back.svg) }")
	p.write("public/other.css", "h1 { letter-spacing: 1px }")
	p.write("public/dot.svg", svg(10))
	p.write("public/back.svg", svg(5))
	return p
}

func svg(width int) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="10"><rect width="5" height="5"/></svg>`, width)
}

func (p project) write(name, text string) {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// ServeHTTP implements http.Handler.
func (p project) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		p.forms.Add(1)
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'")
	name := strings.Replace(r.URL.Path, "."+styleHash, "", 1)
	text, err := os.ReadFile(filepath.Join(p.dir, "page.txt"))
	switch {
	case err != nil:
		p.t.Error(err)
	case filepath.Ext(name) != "":
		file := filepath.Join(p.dir, "public", name)
		data, err := os.ReadFile(file)
		if err != nil {
			p.t.Error(err)
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
		w.Header().Set("Cache-Control", "max-age=0, must-revalidate")
		http.ServeFile(w, r, file)
	case string(text) == "panic":
		w.Header().Set("Content-Type", "application/vnd.jargo.failure+json")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, `{"in":"Data/Render","type":"panic","message":"titles is empty","frames":[{"func":"site/pages.Data","file":"page.txt","line":1}]}`)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, devPage, text)
	}
}

// serve serves the project at an address until stop is called, or the test has ended.
func (p project) serve(address string) (dev *devbrowser.Browser, s site, stop func()) {
	p.t.Helper()
	dev = devbrowser.New(p, devbrowser.Options{Dir: p.dir})
	dev.SetPlace(func(f engine.Frame) (diag.Pos, bool) { return diag.Pos{File: f.File, Line: f.Line, Col: 1}, true })
	ln, err := net.Listen("tcp", address)
	if err != nil {
		p.t.Fatal(err)
	}
	server := &http.Server{Handler: dev}
	server.RegisterOnShutdown(dev.Close)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := server.Shutdown(p.t.Context()); err != nil {
			server.Close() // the test has ended: the browser's connections may be open
		}
		if err := <-ended; err != http.ErrServerClosed {
			p.t.Error(err)
		}
	}
	p.t.Cleanup(stop)
	dev.Changed(nil)
	return dev, site{p.t, "http://" + ln.Addr().String()}, stop
}

// until waits for an expression to be true in the page, or in one that comes after it.
func (v visitor) until(expression string) {
	v.t.Helper()
	for {
		// A page that is left has its evaluations end with an error.
		done, err := chromedp.Run(v.tab, chromedp.Poll[bool]("!!document.body && ("+expression+")", chromedp.WithPollingTimeout(0)))
		switch {
		case v.tab.Err() != nil:
			v.t.Fatal(err)
		case err == nil && done:
			return
		}
	}
}

// TestDev edits a site that is open in a browser, which nobody touches.
func TestDev(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	dev, s, _ := p.serve("127.0.0.1:0")
	v := s.visit("/")
	v.until("document.querySelector('h1').textContent === 'first'")
	v.do(chromedp.Evaluate[chromedp.Void]("window.loaded = 'once'; scrollTo(0, 500)"))

	p.write("page.txt", "second")
	dev.Changed([]string{"page.txt"})
	v.until("document.querySelector('h1')?.textContent === 'second' && scrollY === 500")
	if got := evaluate[string](v, "typeof loaded"); got != "undefined" {
		t.Errorf("after a reload, a variable of the page is %s", got)
	}
	if got := evaluate[int](v, "document.querySelectorAll('script').length"); got != 0 {
		t.Errorf("the page has %d scripts", got)
	}
}

// TestDevSwap changes style sheets and images under a visitor who is filling a form in.
func TestDevSwap(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	dev, s, _ := p.serve("127.0.0.1:0")
	v := s.visit("/")
	v.do(chromedp.SendKeys(chromedp.CSS("input"), "half a sent"))
	v.do(chromedp.Evaluate[chromedp.Void]("window.loaded = 'once'; scrollTo(0, 500)"))
	v.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 1, 1)'")

	p.write("public/style.css", "h1 { color: rgb(2, 2, 2) } #back { background-image: url(back.svg) }")
	dev.Changed([]string{"public/style.css"})
	v.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(2, 2, 2)' && document.querySelectorAll('link[rel=stylesheet]').length === 2")

	p.write("public/dot.svg", svg(20))
	p.write("public/back.svg", svg(6))
	dev.Changed([]string{"public/dot.svg", "public/back.svg"})
	v.until("document.querySelector('img').width === 20 && document.querySelector('img').srcset.match(/dot.svg.jargo=/g).length === 2")
	v.until("getComputedStyle(document.querySelector('#back')).backgroundImage.includes('/back.svg?jargo=')")

	p.write("public/unused.css", "h1 { color: red }")
	dev.Changed([]string{"public/unused.css"})
	p.write("public/style.css", "h1 { color: rgb(3, 3, 3) }")
	p.write("public/other.css", "h1 { letter-spacing: 3px }")
	dev.Changed([]string{"public/style.css", "public/other.css"})
	v.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(3, 3, 3)' && getComputedStyle(document.querySelector('h1')).letterSpacing === '3px'")

	if got := evaluate[string](v, "[loaded, scrollY, document.querySelector('input').value].join()"); got != "once,500,half a sent" {
		t.Errorf("the page is another: %s", got)
	}

	// A style sheet that another imports needs another page.
	p.write("public/style.css", "@import 'imported.css';")
	p.write("public/imported.css", "h1 { color: rgb(4, 4, 4) }")
	dev.Changed([]string{"public/style.css"})
	v.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(4, 4, 4)'")
	if got := evaluate[string](v, "loaded"); got != "once" {
		t.Errorf("the page is another: %s", got)
	}
	p.write("public/imported.css", "h1 { color: rgb(5, 5, 5) }")
	dev.Changed([]string{"public/imported.css"})
	v.until("window.loaded === undefined && getComputedStyle(document.querySelector('h1')).color === 'rgb(5, 5, 5)' && scrollY === 500")
}

// TestDevErrors breaks a site and mends it.
func TestDevErrors(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	p.write("pages/page.go", "package pages\n\nfunc Data() string {\n\treturn titel\n}\n")
	dev, s, _ := p.serve("127.0.0.1:0")
	v := s.visit("/")
	v.until("document.querySelector('h1').textContent === 'first'")
	v.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, 500)"))

	broken := func(message string) {
		var list diag.List
		list.Add(diag.Pos{File: "pages/page.go", Line: 4, Col: 9}, "", "%s", message)
		dev.Failed(list, nil)
	}
	broken("undefined: titel")
	v.until("document.querySelector('h2')?.textContent === 'undefined: titel'")
	if got := strings.TrimSpace(v.text(".here")); got != "return titel" {
		t.Errorf("the line is %q", got)
	}
	if got, want := evaluate[string](v, "document.querySelector('.at a').href"), "vscode://file"+p.dir+"/pages/page.go:4:9"; got != want {
		t.Errorf("the editor's link is %s, want %s", got, want)
	}
	broken("still undefined")
	v.until("document.querySelector('h2')?.textContent === 'still undefined'")

	v.fits(s, "/")
	v.do(chromedp.ResetViewport())

	// The site is behind it, and says that it is an old one.
	if status, _ := v.follow("footer button"); status != 200 {
		t.Errorf("the site behind the report: %d", status)
	}
	v.until("document.querySelector('jargo-notice')?.shadowRoot.querySelector('span').textContent.endsWith('pages/page.go:4:9: still undefined')")
	v.do(chromedp.Evaluate[chromedp.Void]("document.querySelector('jargo-notice').shadowRoot.querySelector('button').click()"))
	v.until("document.querySelector('h2')?.textContent === 'still undefined'")

	p.write("page.txt", "second")
	dev.Changed([]string{"public/style.css"}) // not to be swapped in a report
	v.until("document.querySelector('h1')?.textContent === 'second' && scrollY === 500")

	// A page that fails while it is rendered.
	p.write("page.txt", "panic")
	dev.Changed(nil)
	v.until("document.querySelector('h2')?.textContent === 'Data/Render: titles is empty' && document.querySelector('.here').textContent.trim() === 'panic'")
	p.write("page.txt", "third")
	dev.Changed([]string{"public/style.css"})
	v.until("document.querySelector('h1')?.textContent === 'third'")
}

// TestDevRestart has another process serve the site, on the same port.
func TestDevRestart(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	_, s, stop := p.serve("127.0.0.1:0")
	v := s.visit("/")
	v.until("document.querySelector('h1').textContent === 'first'")
	stop()
	p.write("page.txt", "second")
	p.serve(strings.TrimPrefix(s.url, "http://"))
	v.until("document.querySelector('h1')?.textContent === 'second'")
}

// TestDevForm: the page that a form has led to is loaded again, but nothing is sent.
func TestDevForm(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	dev, s, _ := p.serve("127.0.0.1:0")
	v := s.visit("/")
	v.do(chromedp.Evaluate[chromedp.Void]("const form = document.createElement('form'); form.method = 'post'; form.innerHTML = '<button>'; document.querySelector('h1').after(form)"))
	v.follow("form button")
	v.until("document.querySelector('h1')?.textContent === 'first' && !document.querySelector('form')")
	p.write("page.txt", "second")
	dev.Changed(nil)
	v.until("document.querySelector('h1')?.textContent === 'second'")
	if n := p.forms.Load(); n != 1 {
		t.Errorf("the form was sent %d times", n)
	}
}

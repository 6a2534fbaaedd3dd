package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// completed writes the body and completes w.
func completed(w *Response, body string) error {
	if err := w.String(body); err != nil {
		return err
	}
	return w.finish()
}

// plainPage is the error page of a site that has none.
func plainPage(w *Response, status int) error {
	title, text := http.StatusText(status), "Something went wrong on our side."
	if status == http.StatusNotFound {
		text = "There is no page at this address."
	}
	w.Info(status, nil)
	return completed(w, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>"+
		strconv.Itoa(status)+" "+title+"</title>\n<h1>"+title+"</h1>\n<p>"+text+"</p>\n</html>\n")
}

// redirect sends the visitor elsewhere. The target is made absolute, because
// the visitor's URL need not be the one the function was invoked at.
func redirect(w *Response, r *http.Request, to redirectError) error {
	target, code := to.RedirectTo()
	switch code {
	case 301, 302, 303, 307, 308:
	default:
		return fmt.Errorf("redirect to %q: %d is not a status code for a redirect (301, 302, 303, 307 or 308)", target, code)
	}
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("redirect with status %d: %w", code, err)
	}
	switch {
	case target == "":
		return fmt.Errorf("redirect with status %d: the URL is empty", code)
	case u.Scheme == "" && target[0] != '/':
		base := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}
		target = base.ResolveReference(u).String()
	}
	w.header.Del("Location")
	w.header.Del("Content-Type")
	w.Info(code, http.Header{"Location": {escapeURL(target)}, "Content-Type": {textType}})
	return completed(w, "Redirecting...\n")
}

// escapeURL percent-encodes what is not allowed in a header.
func escapeURL(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// notFound responds with the site's 404 page.
func (s *site) notFound(w *Response, r *http.Request) error {
	err := s.errorPage(w, r, &s.page404)
	var to redirectError
	switch {
	case err == nil || w.committed:
		return err
	case errors.As(err, &to):
		w.reset()
		return redirect(w, r, to)
	case err == errNoPage || isNotFound(err):
		w.reset()
		return plainPage(w, http.StatusNotFound)
	}
	return fmt.Errorf("render the 404 page: %w", err)
}

// serverError responds with the site's 500 page.
func (s *site) serverError(w *Response, r *http.Request) error {
	err := s.errorPage(w, r, &s.page500)
	if err == errNoPage {
		return plainPage(w, http.StatusInternalServerError)
	}
	if err != nil {
		err = fmt.Errorf("render the 500 page: %w", err)
	}
	return err
}

// errorPage responds with the site's page for a status, or returns errNoPage.
func (s *site) errorPage(w *Response, r *http.Request, stored *storedPage) error {
	p := s.router.literals["/"+strconv.Itoa(stored.status)]
	// A build page is stored, also one that is not in this program.
	if p == nil || p.kind() == Build {
		if response := stored.load(s, r); response != nil {
			w.forced = stored.status
			w.Info(0, response.header)
			if err := w.Bytes(response.body); err != nil {
				return err
			}
			return w.finish()
		}
	}
	if p == nil {
		return errNoPage
	}
	switch p.kind() {
	case Fresh: // it may look at the visitor's request
	case Build, Regenerated:
		r = pageRequest(r.Context(), &url.URL{Path: p.Pattern}, http.MethodGet)
	default:
		return p.failure()
	}
	setParameters(r, p, nil)
	return p.render(w, r)
}

// storedPage is an error page rendered at build time, in a file next to the
// program. It is read when it is first needed.
type storedPage struct {
	dir    string
	status int

	once     sync.Once
	response *storedResponse
}

type storedResponse struct {
	header http.Header
	body   []byte
}

// load returns nil when there is no such file.
func (p *storedPage) load(s *site, r *http.Request) *storedResponse {
	p.once.Do(func() {
		if p.dir == "" {
			return
		}
		response, err := readResponse(filepath.Join(p.dir, strconv.Itoa(p.status)+".http"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			s.log(r.Context(), fmt.Sprintf("read the stored %d page: %v", p.status, err))
		}
		p.response = response
	})
	return p.response
}

func readResponse(name string) (*storedResponse, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	response, err := http.ReadResponse(bufio.NewReader(f), nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Connection", "Date"} {
		response.Header.Del(name)
	}
	return &storedResponse{response.Header, body}, nil
}

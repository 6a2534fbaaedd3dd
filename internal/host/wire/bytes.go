package wire

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/header"
)

// Bytes is a body that is there as a whole.
type Bytes struct {
	Data []byte
	// ETag is strong and quoted. A body without one is sent as it is, whatever
	// the request's conditions, ranges and encodings.
	ETag string
	// Source is what the bytes come from; it groups what is kept compressed.
	Source string
}

// Close implements Body.
func (b *Bytes) Close() error { return nil }

func (b *Bytes) send(w *Writer, status int) {
	h, data := w.Header(), b.Data
	if b.ETag != "" {
		setETag(h, b.ETag)
		data = w.encoded(b)
		if status == http.StatusOK {
			if notModified(w.r.Header["If-None-Match"], h.Get("Etag")) {
				h["Content-Type"] = nil
				delete(h, "Content-Encoding")
				w.WriteHeader(http.StatusNotModified)
				return
			}
			h["Accept-Ranges"] = acceptRanges
			if w.r.Header["Range"] != nil {
				w.sendRange(bytes.NewReader(data))
				return
			}
		}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(data))}
	w.WriteHeader(status)
	w.Write(data)
}

var acceptRanges = []string{"bytes"}

// encoded returns the data in the encoding the visitor likes best, and says so
// in the headers.
func (w *Writer) encoded(b *Bytes) []byte {
	h := w.Header()
	if len(b.Data) < minCompressed || h.Get("Content-Encoding") != "" || !compressible(h.Get("Content-Type")) {
		return b.Data
	}
	h["Vary"] = append(slices.Clip(h["Vary"]), "Accept-Encoding")
	e := chooseEncoding(w.r.Header)
	if e == nil || w.r.Header["Range"] != nil {
		return b.Data
	}
	data, err := w.compressed.compress(b, e)
	if err != nil || len(data) >= len(b.Data) {
		return b.Data
	}
	h["Content-Encoding"] = []string{e.name}
	weaken(h) // the bytes differ from those a strong tag stands for
	return data
}

// File is a body that is too large to be kept.
type File struct {
	*os.File
	ETag string // as that of Bytes
}

func (f *File) send(w *Writer, status int) {
	setETag(w.Header(), f.ETag)
	if status == http.StatusOK {
		w.sendRange(f)
		return
	}
	w.WriteHeader(status)
	if w.r.Method != http.MethodHead {
		io.Copy(w, f)
	}
}

// setETag gives a response its tag, unless a route gave it one.
func setETag(h http.Header, tag string) {
	if _, ok := h["Etag"]; !ok {
		h["Etag"] = []string{tag}
	}
}

// sendRange sends what of a body the visitor asks for.
func (w *Writer) sendRange(body io.ReadSeeker) {
	http.ServeContent(w, w.r, "", time.Time{}, body)
}

// notModified reports whether one of the tags of If-None-Match is the body's.
// The comparison is the weak one.
func notModified(values []string, etag string) bool {
	want := strings.TrimPrefix(etag, "W/")
	for item := range header.List(values) {
		if item == "*" || strings.TrimPrefix(item, "W/") == want {
			return true
		}
	}
	return false
}

// weaken makes a tag stand for a body in whatever encoding.
func weaken(h http.Header) {
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h["Etag"] = []string{"W/" + tag}
	}
}

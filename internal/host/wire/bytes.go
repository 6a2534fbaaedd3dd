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

// Bytes is a body in memory.
type Bytes struct {
	Data []byte
	// ETag is strong and quoted. A body without one is sent as it is, whatever
	// the request's conditions, ranges and encodings.
	ETag string
	// Source is where the bytes come from; it groups compressed bodies in the cache.
	Source string
	// Encoded has the bytes in content encodings, by name, that need not be made; it may
	// be nil.
	Encoded map[string][]byte
}

// Close implements Body.
func (b *Bytes) Close() error { return nil }

func (b *Bytes) send(w *Writer, status int) {
	h, data := w.Header(), b.Data
	if b.ETag != "" {
		w.setETag(b.ETag)
		data = w.encoded(b)
		if status == http.StatusOK {
			if notModified(w.r.Header["If-None-Match"], h.Get("Etag")) {
				h["Content-Type"] = nil
				delete(h, "Content-Encoding")
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Set("Accept-Ranges", "bytes")
			if w.r.Header["Range"] != nil {
				w.sendRange(bytes.NewReader(data))
				return
			}
		}
	}
	w.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.writeWhole(data)
}

// encoded returns the data in the encoding that the visitor prefers, and sets the
// headers accordingly.
func (w *Writer) encoded(b *Bytes) []byte {
	h := w.Header()
	if len(b.Data) < minCompressed || h.Get("Content-Encoding") != "" || !compressible(h.Get("Content-Type")) {
		return b.Data
	}
	w.vary()
	name := w.chooseEncoding(b.Encoded)
	if name == "" || w.r.Header["Range"] != nil {
		return b.Data
	}
	data, made := b.Encoded[name]
	if !made {
		var err error
		if data, err = w.compressed.compress(b, encodings[name]); err != nil || len(data) >= len(b.Data) {
			return b.Data
		}
	}
	w.Set("Content-Encoding", name)
	weaken(h) // a strong ETag stands for the bytes as they were
	return data
}

// vary says that the encoding is of the visitor's choice.
func (w *Writer) vary() {
	h := w.Header()
	if h["Vary"] == nil {
		w.Set("Vary", "Accept-Encoding")
	} else {
		h["Vary"] = append(slices.Clip(h["Vary"]), "Accept-Encoding")
	}
}

// File is a body that is too large to be cached.
type File struct {
	*os.File
	ETag string // as that of Bytes
}

func (f *File) send(w *Writer, status int) {
	w.setETag(f.ETag)
	if status == http.StatusOK {
		w.sendRange(f.File)
		return
	}
	w.WriteHeader(status)
	if w.r.Method != http.MethodHead {
		io.Copy(w, f.File)
	}
}

// setETag sets the ETag, unless a route did.
func (w *Writer) setETag(tag string) {
	if _, ok := w.Header()["Etag"]; !ok {
		w.Set("Etag", tag)
	}
}

// sendRange sends the part of a body that the visitor asks for.
func (w *Writer) sendRange(body io.ReadSeeker) {
	http.ServeContent(w, w.r, "", time.Time{}, body)
}

// notModified reports whether If-None-Match has the body's ETag, by weak
// comparison.
func notModified(values []string, etag string) bool {
	want := strings.TrimPrefix(etag, "W/")
	for item := range header.List(values) {
		if item == "*" || strings.TrimPrefix(item, "W/") == want {
			return true
		}
	}
	return false
}

// weaken makes the ETag a weak one.
func weaken(h http.Header) {
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h["Etag"] = []string{"W/" + tag}
	}
}

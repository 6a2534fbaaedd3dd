package host

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// content is a text whose bytes are known: a static file or the answer of a
// regenerated page.
type content struct {
	status int
	etag   string // strong, quoted
	data   []byte // nil for a file that is too large to keep
	open   func() (io.ReadSeekCloser, error)
}

// sendContent sends c. The headers, finished but for those that depend on what
// is sent, are set already.
func (x *exchange) sendContent(c content) {
	header := x.w.Header()
	if _, ok := header["Etag"]; !ok {
		header["Etag"] = []string{c.etag}
	}
	if c.data == nil {
		x.sendLarge(c)
		return
	}
	data := c.data
	if len(data) >= minCompressed && header.Get("Content-Encoding") == "" && compressible(header.Get("Content-Type")) {
		header.Add("Vary", "Accept-Encoding")
		if x.r.Header["Range"] == nil {
			data = x.encode(c)
		}
	}
	if c.status == http.StatusOK {
		if notModified(x.r.Header["If-None-Match"], header.Get("Etag")) {
			header.Del("Content-Type")
			header.Del("Content-Encoding")
			x.w.WriteHeader(http.StatusNotModified)
			return
		}
		header["Accept-Ranges"] = acceptRanges
		if x.r.Header["Range"] != nil {
			http.ServeContent(x.w, x.r, "", time.Time{}, bytes.NewReader(data))
			return
		}
	}
	header["Content-Length"] = []string{strconv.Itoa(len(data))}
	x.w.WriteHeader(c.status)
	if x.r.Method != http.MethodHead {
		x.w.Write(data)
	}
}

var acceptRanges = []string{"bytes"}

// encode returns the data in the encoding the visitor likes best, and says so
// in the headers.
func (x *exchange) encode(c content) []byte {
	e := chooseEncoding(x.r.Header)
	if e == nil {
		return c.data
	}
	data, err := x.h.files.texts.get(e.name+c.etag, func() ([]byte, error) { return e.compress(c.data) })
	if err != nil || len(data) >= len(c.data) {
		return c.data
	}
	header := x.w.Header()
	header["Content-Encoding"] = []string{e.name}
	weaken(header) // the bytes differ from those a strong tag stands for
	return data
}

// sendLarge sends a file from disk.
func (x *exchange) sendLarge(c content) {
	f, err := c.open()
	if err != nil {
		x.fail(http.StatusInternalServerError, "INTERNAL_STATIC_FILE_FAILED", err)
		return
	}
	defer f.Close()
	if c.status == http.StatusOK {
		http.ServeContent(x.w, x.r, "", time.Time{}, f)
		return
	}
	x.w.WriteHeader(c.status)
	if x.r.Method != http.MethodHead {
		io.Copy(x.w, f)
	}
}

// notModified reports whether one of the tags of If-None-Match is the text's.
// The comparison is the weak one.
func notModified(values []string, etag string) bool {
	want := strings.TrimPrefix(etag, "W/")
	for _, v := range values {
		for item := range strings.SplitSeq(v, ",") {
			item = strings.TrimSpace(item)
			if item == "*" || strings.TrimPrefix(item, "W/") == want {
				return true
			}
		}
	}
	return false
}

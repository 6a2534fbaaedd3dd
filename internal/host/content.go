package host

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// content is a text whose bytes are known: a static file or the answer of a
// regenerated page.
type content struct {
	status int
	etag   string // strong, quoted
	data   []byte
	source string   // what it is the content of, for what is kept of it
	file   *os.File // instead of data: a file that is too large to keep
}

// sendContent sends c. The headers, finished but for those that depend on what
// is sent, are set already.
func (x *exchange) sendContent(c content) {
	header := x.w.Header()
	if _, ok := header["Etag"]; !ok {
		header["Etag"] = []string{c.etag}
	}
	if c.file != nil {
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
			x.serveRange(bytes.NewReader(data))
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
	data, err := x.deployment.bodies.compress(c, e)
	if err != nil || len(data) >= len(c.data) {
		return c.data
	}
	header := x.w.Header()
	header["Content-Encoding"] = []string{e.name}
	weaken(header) // the bytes differ from those a strong tag stands for
	return data
}

// serveRange sends what of the text the visitor asks for.
func (x *exchange) serveRange(text io.ReadSeeker) {
	http.ServeContent(x.w, x.r, "", time.Time{}, text)
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

package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/jargo-dev/jargo/internal/host/lru"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// Bounds of what is kept of static files, in bytes.
const (
	maxKept   = 8 << 20  // one file
	maxMemory = 96 << 20 // all files and compressed bodies
)

// bodies keeps the static files that have been read, and what has been
// compressed. An output does not change while it is served.
type bodies struct{ cache *lru.Cache[bodyKey, body] }

// bodyKey is a file by its path, or a body by its tag and the encoding.
type bodyKey struct{ name, encoding string }

type body struct {
	data []byte
	etag string
}

func newBodies() *bodies {
	return &bodies{lru.New[bodyKey, body](maxMemory, nil)}
}

// read returns the content of a file that is small enough to be kept.
func (b *bodies) read(file *output.File) (body, error) {
	return b.cache.Make(bodyKey{name: file.Path}, file.Path, func() (body, int64, error) {
		data, err := os.ReadFile(file.Path)
		if err != nil {
			return body{}, 0, err
		}
		sum := sha256.Sum256(data)
		return body{data, `"` + hex.EncodeToString(sum[:16]) + `"`}, int64(cap(data)) + lru.Overhead, nil
	})
}

// compress returns c's data in an encoding.
func (b *bodies) compress(c content, e *encoding) ([]byte, error) {
	compressed, err := b.cache.Make(bodyKey{c.etag, e.name}, c.source, func() (body, int64, error) {
		data, err := e.compress(c.data)
		return body{data: data}, int64(cap(data)) + lru.Overhead, err
	})
	return compressed.data, err
}

// content returns the content of a file. One that is too large to be kept comes
// open, and its tag is its size and time: its visitor is not to wait until all of
// it has been read.
func (b *bodies) content(file *output.File) (content, error) {
	if file.Size <= maxKept {
		body, err := b.read(file)
		if err != nil {
			return content{}, fmt.Errorf("read static file: %w", err)
		}
		return content{etag: body.etag, data: body.data, source: file.Path}, nil
	}
	f, err := os.Open(file.Path)
	if err != nil {
		return content{}, fmt.Errorf("open static file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return content{}, fmt.Errorf("open static file: %w", err)
	}
	return content{etag: fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()), file: f}, nil
}

// serveFile answers with a static file.
func (x *exchange) serveFile(file *output.File) {
	if !x.reads() && x.decision.Status < 400 { // an error page is shown whatever was asked
		x.w.Header().Set("Allow", "GET, HEAD")
		x.fail(http.StatusMethodNotAllowed, "INVALID_REQUEST_METHOD", nil)
		return
	}
	c, err := x.deployment.bodies.content(file)
	if err != nil {
		x.fail(http.StatusInternalServerError, "INTERNAL_STATIC_FILE_FAILED", err)
		return
	}
	if c.file != nil {
		defer c.file.Close()
	}
	c.status = http.StatusOK
	if x.decision.Status != 0 {
		c.status = x.decision.Status
	}
	x.cache = prerender.StateHit
	x.finish(x.w.Header(), map[string]string{
		"Content-Type":  file.ContentType,
		"Cache-Control": defaultCacheControl,
	})
	x.sendContent(c)
}

// sendLarge sends a file from disk.
func (x *exchange) sendLarge(c content) {
	if c.status == http.StatusOK {
		x.serveRange(c.file)
		return
	}
	x.w.WriteHeader(c.status)
	if x.r.Method != http.MethodHead {
		io.Copy(x.w, c.file)
	}
}

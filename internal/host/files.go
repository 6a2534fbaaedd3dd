package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// Bounds of what is kept of static files, in bytes.
const (
	maxKept   = 8 << 20  // one file
	maxMemory = 96 << 20 // all files and compressed texts
)

// files keeps what has been read of static files. An output does not change
// while it is served.
type files struct {
	texts *blobs
	tags  sync.Map // of *output.File to func() (string, error), its ETag
}

func newFiles() *files { return &files{texts: newBlobs(maxMemory)} }

// etag returns the tag of a file, which is worked out once: the hash of its
// content, or for a large one its size and time.
func (f *files) etag(file *output.File) (string, error) {
	tag, ok := f.tags.Load(file)
	if !ok {
		tag, _ = f.tags.LoadOrStore(file, sync.OnceValues(func() (string, error) { return tagFile(file) }))
	}
	return tag.(func() (string, error))()
}

func tagFile(file *output.File) (string, error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if file.Size > maxKept {
		// Its first visitor is not to wait until all of it has been read.
		info, err := f.Stat()
		if err != nil {
			return "", err
		}
		return fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()), nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`, nil
}

// content returns the text of a file.
func (f *files) content(file *output.File) (content, error) {
	etag, err := f.etag(file)
	if err != nil {
		return content{}, fmt.Errorf("read static file: %w", err)
	}
	c := content{etag: etag, open: func() (io.ReadSeekCloser, error) { return os.Open(file.Path) }}
	if file.Size > maxKept {
		return c, nil
	}
	c.data, err = f.texts.get(file.Path, func() ([]byte, error) { return os.ReadFile(file.Path) })
	if err != nil {
		return content{}, fmt.Errorf("read static file: %w", err)
	}
	if c.data == nil {
		c.data = []byte{}
	}
	return c, nil
}

// serveFile answers with a static file.
func (x *exchange) serveFile(file *output.File) {
	if !x.reads() && x.d.Status < 400 { // an error page is shown whatever was asked
		x.w.Header().Set("Allow", "GET, HEAD")
		x.fail(http.StatusMethodNotAllowed, "INVALID_REQUEST_METHOD", nil)
		return
	}
	c, err := x.h.files.content(file)
	if err != nil {
		x.fail(http.StatusInternalServerError, "INTERNAL_STATIC_FILE_FAILED", err)
		return
	}
	c.status = http.StatusOK
	if x.d.Status != 0 {
		c.status = x.d.Status
	}
	x.cache = prerender.StateHit
	x.finish(x.w.Header(), map[string]string{
		"Content-Type":  file.ContentType,
		"Cache-Control": defaultCacheControl,
	})
	x.sendContent(c)
}

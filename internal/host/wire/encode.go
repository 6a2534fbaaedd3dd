package wire

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"

	"github.com/jargo-dev/jargo/internal/host/header"
)

// encoder compresses what is written to it.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// encoding is a content encoding the host writes.
type encoding struct {
	name string
	// once has encoders for bodies that are compressed once and sent often,
	// stream those for responses that are sent as they arrive.
	once, stream sync.Pool
}

// encodings are in order of preference.
var encodings = []*encoding{
	{name: "gzip", once: pool(func() encoder { return newGzip(6) }), stream: pool(func() encoder { return newGzip(4) })},
}

func pool(make func() encoder) sync.Pool {
	return sync.Pool{New: func() any { return make() }}
}

func newGzip(level int) encoder {
	e, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return e
}

// minCompressed is the size below which compression does not pay, in bytes.
const minCompressed = 512

// chooseEncoding returns the encoding that the visitor prefers, nil for none.
func chooseEncoding(h http.Header) *encoding {
	accept := h["Accept-Encoding"]
	if len(accept) == 0 {
		return nil
	}
	weights := map[string]float64{}
	for _, c := range header.Choices(accept) {
		weights[c.Name] = c.Weight
	}
	var best *encoding
	bestWeight := 0.0
	if weight, ok := weights["identity"]; ok { // unless it is named, any other is preferred
		bestWeight = math.Nextafter(weight, 0)
	}
	for _, e := range encodings {
		weight, ok := weights[e.name]
		if !ok {
			weight = weights["*"]
		}
		if weight > bestWeight {
			best, bestWeight = e, weight
		}
	}
	return best
}

// compressible reports whether compression pays for a content type.
func compressible(contentType string) bool {
	typ, _, _ := strings.Cut(contentType, ";")
	typ = strings.ToLower(strings.TrimSpace(typ))
	if strings.HasPrefix(typ, "text/") || strings.HasSuffix(typ, "+json") || strings.HasSuffix(typ, "+xml") {
		return true
	}
	switch typ {
	case "application/javascript", "application/x-javascript", "application/json", "application/xml", "application/wasm",
		"application/vnd.ms-fontobject", "application/x-web-app-manifest+json", "font/ttf", "font/otf", "font/opentype",
		"image/bmp", "image/vnd.microsoft.icon", "image/x-icon":
		return true
	}
	return false
}

// compress returns data in the encoding.
func (e *encoding) compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := e.once.Get().(encoder)
	defer e.once.Put(w)
	w.Reset(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

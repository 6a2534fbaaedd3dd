package wire

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"slices"
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

// encodings are those that this program can make, by name.
var encodings = map[string]*encoding{
	"gzip": {name: "gzip", once: pool(func() encoder { return newGzip(6) }), stream: pool(func() encoder { return newGzip(4) })},
}

// preferred are the names of encodings in order of preference.
var preferred = [...]string{"br", "zstd", "gzip"}

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

// acceptedEncodings returns the names of the encodings that a visitor prefers to none, the
// preferred first.
func acceptedEncodings(h http.Header) []string {
	accept := h["Accept-Encoding"]
	if len(accept) == 0 {
		return nil
	}
	weights := map[string]float64{}
	for _, c := range header.Choices(accept) {
		weights[c.Name] = c.Weight
	}
	least := 0.0
	if weight, ok := weights["identity"]; ok { // unless it is named, any other is preferred
		least = math.Nextafter(weight, 0)
	}
	weight := func(name string) float64 {
		if w, ok := weights[name]; ok {
			return w
		}
		return weights["*"]
	}
	names := slices.DeleteFunc(slices.Clone(preferred[:]), func(name string) bool { return weight(name) <= least })
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(weight(b), weight(a)) })
	return names
}

// firstEncoding returns the first of names that this program can make or that is made; ""
// for none.
func firstEncoding(names []string, made map[string][]byte) string {
	for _, name := range names {
		if encodings[name] != nil || made[name] != nil {
			return name
		}
	}
	return ""
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

// Encode returns data, of a content type, in each encoding in which it is shorter, by the
// encoding's name; nil where compression does not pay.
func Encode(contentType string, data []byte) (map[string][]byte, error) {
	if len(data) < minCompressed || !compressible(contentType) {
		return nil, nil
	}
	encoded := map[string][]byte{}
	for _, e := range encodings {
		short, err := e.compress(data)
		if err != nil {
			return nil, err
		}
		if len(short) < len(data) {
			encoded[e.name] = short
		}
	}
	return encoded, nil
}

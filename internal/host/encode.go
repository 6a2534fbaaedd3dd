package host

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// encodings are the content encodings the host writes, best first. The levels
// are those at which a second of work is worth its bytes: a text is compressed
// once and sent often.
var encodings = []struct {
	name   string
	writer func(io.Writer) (io.WriteCloser, error)
}{
	{"br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 6), nil }},
	{"zstd", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1))
	}},
	{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 6) }},
}

// minCompressed is the size under which compressing is not worth the header,
// in bytes.
const minCompressed = 512

// chooseEncoding returns the encoding that the visitor likes best, "" for none.
func chooseEncoding(header http.Header) string {
	accept := header["Accept-Encoding"]
	if len(accept) == 0 {
		return ""
	}
	weights := map[string]float64{}
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64)
		}
		weights[strings.ToLower(strings.TrimSpace(name))] = weight
	}
	best, bestWeight := "", 0.0
	for _, e := range encodings {
		weight, ok := weights[e.name]
		if !ok {
			weight = weights["*"]
		}
		if weight > bestWeight {
			best, bestWeight = e.name, weight
		}
	}
	return best
}

// compressible reports whether texts of the type get shorter by compressing.
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
func compress(encoding string, data []byte) ([]byte, error) {
	for _, e := range encodings {
		if e.name != encoding {
			continue
		}
		var b bytes.Buffer
		w, err := e.writer(&b)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return b.Bytes(), nil
	}
	return data, nil
}

package wire

// This file is left out where the host is linked into a site: it alone needs modules.

import (
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func init() {
	encodings["br"] = &encoding{name: "br", once: pool(func() encoder { return brotli.NewWriterLevel(nil, 6) }), stream: pool(func() encoder { return brotli.NewWriterLevel(nil, 4) })}
	encodings["zstd"] = &encoding{name: "zstd", once: pool(func() encoder { return newZstd(zstd.SpeedBetterCompression) }), stream: pool(func() encoder { return newZstd(zstd.SpeedFastest) })}
}

func newZstd(level zstd.EncoderLevel) encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic("internal error: " + err.Error()) // the options are constant
	}
	return e
}

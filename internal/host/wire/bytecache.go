package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// MaxCachedFile is the size up to which a file is cached, in bytes.
const MaxCachedFile = 8 << 20

// maxCachedBytes bounds a ByteCache, in bytes.
const maxCachedBytes = 96 << 20

// ByteCache caches files and compressed bodies. The files must not change.
type ByteCache struct{ cache *lru.Cache[cacheKey, *Bytes] }

// cacheKey is a file by its path, or a body by its tag and the encoding.
type cacheKey struct{ name, encoding string }

// NewByteCache returns an empty ByteCache.
func NewByteCache() *ByteCache {
	return &ByteCache{lru.New[cacheKey, *Bytes](maxCachedBytes, nil)}
}

// File returns the file at path, of size bytes, as a body. One that is too large to
// be cached is not read but opened, and its ETag is made of its size and time: its
// visitor must not wait until all of it has been hashed.
func (c *ByteCache) File(path string, size int64) (Body, error) {
	if size > MaxCachedFile {
		return openFile(path)
	}
	b, err := c.cache.Make(cacheKey{name: path}, path, func() (*Bytes, int64, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, 0, err
		}
		sum := sha256.Sum256(data)
		return &Bytes{Data: data, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`, Source: path}, int64(cap(data)) + lru.Overhead, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static file: %w", err)
	}
	return b, nil
}

func openFile(path string) (Body, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open static file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open static file: %w", err)
	}
	return &File{f, fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano())}, nil
}

// compress returns the data of b in an encoding.
func (c *ByteCache) compress(b *Bytes, e *encoding) ([]byte, error) {
	compressed, err := c.cache.Make(cacheKey{b.ETag, e.name}, b.Source, func() (*Bytes, int64, error) {
		data, err := e.compress(b.Data)
		return &Bytes{Data: data}, int64(cap(data)) + lru.Overhead, err
	})
	if err != nil {
		return nil, err
	}
	return compressed.Data, nil
}

// Package prerender caches regenerated pages: it decides when a page is rendered
// again, and stores the entries in memory and on disk.
//
// Source: https://vercel.com/docs/incremental-static-regeneration (2026) and the
// Build Output API's prerender functions.
package prerender

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// Key is the key of an entry. The parts that visitors choose are hashed, so that all
// keys have the same size. What is in it: docs/decisions/0005-what-cache-keys-hold.md.
type Key struct {
	Page string // the output path, or the group
	sum  [keySize]byte
}

// keySize is how much of the SHA-256 is in a key, in bytes.
const keySize = 20

// NewKey returns the key of a page's entry for values, whose order matters.
func NewKey(page string, values ...string) Key {
	text := make([]byte, 0, 256) // enough for most
	text = appendSized(text, page)
	for _, v := range values {
		text = appendSized(text, v)
	}
	sum := sha256.Sum256(text)
	return Key{page, [keySize]byte(sum[:])}
}

// String returns the key as [ParseKey] reads it: 40 hexadecimal digits, a slash and the
// page.
func (k Key) String() string { return hex.EncodeToString(k.sum[:]) + "/" + k.Page }

// ParseKey reads what [Key.String] has returned.
func ParseKey(text string) (Key, error) {
	digits, page, ok := strings.Cut(text, "/")
	sum, err := hex.DecodeString(digits)
	if !ok || err != nil || len(sum) != keySize {
		return Key{}, fmt.Errorf("%q is not the key of a page", text)
	}
	return Key{page, [keySize]byte(sum)}, nil
}

// appendSized appends a text preceded by its length: "ab", "c" differs from "a", "bc".
func appendSized(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// Entry is a cached response. It is immutable once it is in a Store.
type Entry struct {
	Status  int
	Header  http.Header // without those computed for each request
	Body    []byte
	Created time.Time // when the rendering was complete
	ETag    string    // quoted hash of the body

	// Scheme, Host and Path, which has a query, are those of a URL that the entry is of, for
	// people. They are "" if unknown: the entry may have been written by an older host.
	Scheme, Host, Path string

	// Lost says that the cache which hosts share has it no longer: it is stale, whatever
	// its age.
	Lost bool
}

// isMark reports whether e is no response, but says when a group was revalidated.
func (e *Entry) isMark() bool { return e.Status == 0 }

// Info is what is known of an entry without its content.
type Info struct {
	Key     Key
	Scheme  string // as in Entry, as are the next two
	Host    string
	Path    string
	Status  int
	Type    string    // the header Content-Type
	Size    int64     // of the body, in bytes
	Created time.Time // when the rendering was complete
}

func (e *Entry) info(key Key) Info {
	return Info{Key: key, Scheme: e.Scheme, Host: e.Host, Path: e.Path, Status: e.Status, Type: e.Header.Get("Content-Type"), Size: int64(len(e.Body)), Created: e.Created}
}

// NewEntry returns an entry with its ETag.
func NewEntry(status int, header http.Header, body []byte, created time.Time) *Entry {
	sum := sha256.Sum256(body)
	return &Entry{Status: status, Header: header, Body: body, Created: created, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// Memory that an entry takes besides its text, in bytes.
const (
	entryCost  = lru.Overhead + 256
	headerCost = 96 // of one header, in the map and the slice
)

// Size returns the memory that the entry takes, in bytes.
func (e *Entry) Size() int64 {
	n := cap(e.Body) + entryCost + len(e.Scheme) + len(e.Host) + len(e.Path)
	for name, values := range e.Header {
		n += headerCost + len(name)
		for _, v := range values {
			n += 16 + len(v)
		}
	}
	return int64(n)
}

// Store stores the entries of one build. It may lose any entry at any time, but must
// never return one that is incomplete. It is safe for concurrent use.
//
// An error means that the store does not work at the moment. The cache logs it and
// goes on as if there were no entry.
type Store interface {
	// Get returns the entry under key, nil when there is none.
	Get(ctx context.Context, key Key) (*Entry, error)
	// Put stores e unless the store has an entry that was created later. One from the
	// future does not count: the clock has been set back since.
	Put(ctx context.Context, key Key, e *Entry) error
	// List returns what is known of each page's entry, in no order.
	List(ctx context.Context) ([]Info, error)
	// Remove removes the entry under key, if there is one.
	Remove(ctx context.Context, key Key) error
}

// replaces reports whether e may replace old.
func replaces(e, old *Entry, now time.Time) bool {
	return !old.Created.After(e.Created) || old.Created.After(now)
}

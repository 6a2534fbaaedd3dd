// Package prerender keeps the responses of regenerated pages: which state one
// is in, when its page is rendered again, and where it is kept.
//
// Source: https://vercel.com/docs/incremental-static-regeneration (2026) and the
// Build Output API's prerender functions.
package prerender

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// Key names an entry. What visitors choose of it goes into a digest, so that
// all keys are of one size. What is in it: docs/decisions/0005-what-cache-keys-hold.md.
type Key struct {
	Page string // the output path, or the group
	sum  [sha256.Size]byte
}

// NewKey returns the key of a page's entry for these values, in this order.
func NewKey(page string, values ...string) Key {
	text := make([]byte, 0, 256) // enough for most
	text = appendSized(text, page)
	for _, v := range values {
		text = appendSized(text, v)
	}
	return Key{Page: page, sum: sha256.Sum256(text)}
}

// appendSized appends a text after its length: "ab", "c" is not "a", "bc".
func appendSized(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// Entry is one response that is kept. It is immutable once it is in a Store.
type Entry struct {
	Status  int
	Header  http.Header // without what is worked out for each request
	Body    []byte
	Created time.Time // when the page had been rendered
	ETag    string    // quoted hash of the body
}

// NewEntry returns an entry with its ETag.
func NewEntry(status int, header http.Header, body []byte, created time.Time) *Entry {
	sum := sha256.Sum256(body)
	return &Entry{Status: status, Header: header, Body: body, Created: created, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// Cost of an entry in memory besides its text, in bytes.
const (
	entryCost  = lru.Overhead + 256
	headerCost = 96 // of one header: its place in the map and the slice
)

// Size is what the entry counts against a bound of memory, in bytes: all that it
// takes there.
func (e *Entry) Size() int64 {
	n := cap(e.Body) + entryCost
	for name, values := range e.Header {
		n += headerCost + len(name)
		for _, v := range values {
			n += 16 + len(v)
		}
	}
	return int64(n)
}

// Store keeps entries for one build. It may lose any entry at any time, and must
// never return one that is not whole. All methods may be called at once.
//
// An error means that the store cannot do its work just now. The cache logs it
// and goes on as if the entry were not there.
type Store interface {
	// Get returns the entry under key, nil when there is none.
	Get(ctx context.Context, key Key) (*Entry, error)
	// Put keeps e under key unless the store has one that was created later. One
	// of the future does not count: the clock has been set back since.
	Put(ctx context.Context, key Key, e *Entry) error
}

// replaces reports whether e is to be kept in the place of old.
func replaces(e, old *Entry, now time.Time) bool {
	return !old.Created.After(e.Created) || old.Created.After(now)
}

// Package prerender keeps the answers of regenerated pages: which state an
// answer is in, when its page is rendered again, and where it is kept.
//
// Source: https://vercel.com/docs/incremental-static-regeneration (2026) and the
// Build Output API's prerender functions.
package prerender

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// Entry is one answer that is kept. It is immutable once it is in a Store.
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

// size is what the entry counts against a store's bound, in bytes.
func (e *Entry) size() int64 {
	n := len(e.Body) + 256
	for name, values := range e.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return int64(n)
}

// Store keeps entries for one build. Several hosts may share one, so nothing in
// here relies on what one process knows. A Store may lose any entry at any
// time, and must never return one that is not whole. All methods may be called
// at once.
//
// An error means that the store cannot do its work just now. The cache logs it
// and goes on as if the entry were not there.
type Store interface {
	// Get returns the entry under key, nil when there is none.
	Get(ctx context.Context, key string) (*Entry, error)
	// Put keeps e under key unless the store has one that was created later.
	Put(ctx context.Context, key string, e *Entry) error
	// Lease gives the right to render key to one caller for at most d; ok is
	// false while another has it. release gives it back early.
	Lease(ctx context.Context, key string, d time.Duration) (release func(), ok bool, err error)
	// Delete forgets key, if it is there.
	Delete(ctx context.Context, key string) error
}

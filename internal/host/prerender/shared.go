package prerender

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Shared is a cache that hosts share, as a server of Redis is. What belongs together is in
// a space: the entries of one build, and the assets of a site. Spaces and keys are
// printable text. It is safe for concurrent use, and returns when ctx is done.
//
// Its implementations know nothing of this package, of which there may be several copies:
// they are packages below driver/.
type Shared interface {
	// Get returns the value of key, nil if it has none.
	Get(ctx context.Context, space, key string) ([]byte, error)
	// Put sets the value of key for ttl, and tells all who have subscribed to the space,
	// at once. It does nothing if there is a value whose version is greater, unless that
	// is greater than now, too. Versions are positive, and below 2^53.
	Put(ctx context.Context, space, key string, value []byte, version, now int64, ttl time.Duration) (stored bool, err error)
	// Extend sets how long key has its value from now on, if it has one.
	Extend(ctx context.Context, space, key string, ttl time.Duration) (found bool, err error)
	// Remove removes the value of key, and tells the subscribers: version 0.
	Remove(ctx context.Context, space, key string) error
	// List returns the first bytes of the value of each key, up to size.
	List(ctx context.Context, space string, size int) (map[string][]byte, error)

	// Acquire takes the lease of key for ttl, unless another token has it. A lease is
	// not a value.
	Acquire(ctx context.Context, space, key, token string, ttl time.Duration) (ok bool, err error)
	// Renew sets how long token has the lease from now on, if it still has.
	Renew(ctx context.Context, space, key, token string, ttl time.Duration) (ok bool, err error)
	// Release ends the lease if token has it, and tells the subscribers: version -1.
	Release(ctx context.Context, space, key, token string) error

	// Subscribe calls changed for what is told of the space, until ctx is done. It calls
	// live with whether it hears of all from now on, at each change; at first it does not.
	// It makes one call at a time, and goes on however often the connection is lost.
	Subscribe(ctx context.Context, space string, changed func(key string, version int64), live func(bool))
}

// Times of a shared cache, but for tests.
const (
	answerTime = 250 * time.Millisecond // that an answer may take
	transfer   = 5 * time.Second        // the same, of what has the size of a page
	listing    = 30 * time.Second       // that it may take to list all entries
	pause      = time.Second            // until one that did not answer is asked again
)

// errAway is the error of a shared cache that is not asked, since it did not answer.
var errAway = errors.New("the shared cache does not answer")

// Link is the way to a shared cache. When one question is not answered nobody waits for
// another any more: it is asked again in the background. Close it.
type Link struct {
	shared Shared
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	session context.Context // what is asked before the next outage
	lost    context.CancelFunc
	away    bool
	reached []func()
}

// NewLink returns a Link to shared.
func NewLink(shared Shared, log *slog.Logger) *Link {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Link{shared: shared, log: log, ctx: ctx, cancel: cancel}
	l.session, l.lost = context.WithCancel(ctx)
	return l
}

// Close ends what goes on in the background. Nothing may use the link any more.
func (l *Link) Close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.wg.Wait()
}

// Start has f run. Its context ends when the link is closed, which waits for it.
func (l *Link) Start(f func(context.Context)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() == nil {
		l.wg.Go(func() { f(l.ctx) })
	}
}

// OnReached has f called when the shared cache may have changed unnoticed: once it is
// there, and there again. f must not wait.
func (l *Link) OnReached(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reached = append(l.reached, f)
}

// do asks the shared cache by f, within limit. The error is errAway, or that of f.
func (l *Link) do(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	l.mu.Lock()
	away, session := l.away, l.session
	l.mu.Unlock()
	if away {
		return errAway
	}
	asking, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(session, cancel)()
	err := f(asking)
	if err != nil && ctx.Err() == nil {
		if session.Err() == nil { // else another question has said so, perhaps long ago
			l.lose(err)
		}
		return errAway
	}
	return err
}

// lose begins an outage.
func (l *Link) lose(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away || l.ctx.Err() != nil {
		return
	}
	l.away = true
	l.lost()
	l.log.Warn("the shared cache does not answer: pages are served from memory and disk, and each host renders for itself", "error", cause)
	l.wg.Go(l.ask)
}

// ask asks until there is an answer.
func (l *Link) ask() {
	token := rand.Text()
	for {
		select {
		case <-time.After(pause):
		case <-l.ctx.Done():
			return
		}
		asking, cancel := context.WithTimeout(l.ctx, answerTime)
		// A lease, since a cache that is full can still be read.
		_, err := l.shared.Acquire(asking, "probe", "probe", token, pause)
		cancel()
		if err == nil {
			l.reach()
			return
		}
	}
}

// reach ends an outage, if there is one.
func (l *Link) reach() {
	l.mu.Lock()
	back := l.away
	if back {
		l.away = false
		l.session, l.lost = context.WithCancel(l.ctx)
	}
	reached := l.reached
	l.mu.Unlock()
	if back {
		l.log.Info("the shared cache answers again")
	}
	for _, f := range reached {
		f()
	}
}

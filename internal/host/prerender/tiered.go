package prerender

import "context"

// Tiered is a Store that caches a slower one in a faster one.
type Tiered struct{ Fast, Slow Store }

// Get implements Store.
func (t Tiered) Get(ctx context.Context, key Key) (*Entry, error) {
	if e, err := t.Fast.Get(ctx, key); e != nil && err == nil {
		return e, nil
	}
	e, err := t.Slow.Get(ctx, key)
	if e != nil && err == nil {
		err = t.Fast.Put(ctx, key, e)
	}
	return e, err
}

// Put implements Store. The fast store has the entry even if the slow one fails.
func (t Tiered) Put(ctx context.Context, key Key, e *Entry) error {
	if err := t.Fast.Put(ctx, key, e); err != nil {
		return err
	}
	return t.Slow.Put(ctx, key, e)
}

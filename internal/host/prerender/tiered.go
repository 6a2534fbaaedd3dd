package prerender

import (
	"context"
	"errors"
	"slices"
)

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

// List implements Store: an entry that both have is listed as the fast one has it.
func (t Tiered) List(ctx context.Context) ([]Info, error) {
	infos, err := t.Fast.List(ctx)
	if err != nil {
		return nil, err
	}
	slow, err := t.Slow.List(ctx)
	return withoutRepeats(append(infos, slow...)), err
}

// withoutRepeats keeps the first of the entries that have one key.
func withoutRepeats(infos []Info) []Info {
	seen := map[Key]bool{}
	return slices.DeleteFunc(infos, func(i Info) bool {
		defer func() { seen[i.Key] = true }()
		return seen[i.Key]
	})
}

// Remove implements Store.
func (t Tiered) Remove(ctx context.Context, key Key) error {
	// The slow one first: what is in it would come back.
	return errors.Join(t.Slow.Remove(ctx, key), t.Fast.Remove(ctx, key))
}

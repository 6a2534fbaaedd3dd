package prerender

import (
	"bufio"
	"bytes"
	"context"
	"errors"
)

// Put implements Store. What the shared cache does not take is sent when it is back.
func (f *Fleet) Put(ctx context.Context, key Key, e *Entry) error {
	f.memory.Update(key, key.Page, func(old held, have bool) (held, int64, bool) {
		h := held{e, f.now(), f.state.Load()}
		return h, h.cost(), !have || old.entry == nil || old.entry.Lost || replaces(e, old.entry, f.now())
	})
	f.changes[key.sum[0]].Add(1)
	var ownErr error
	if f.own != nil {
		ownErr = f.own.Put(ctx, key, e)
	}
	stored, err := f.publish(ctx, key, e)
	switch {
	case err != nil:
		f.setUnsent(key, true)
	case !stored: // another host has put a later one
		f.forget(key)
	}
	if errors.Is(err, errAway) {
		err = nil // which has been said
	}
	return errors.Join(ownErr, err)
}

// publish puts an entry into the shared cache. That it does not take one is no reason not
// to ask it any more: it may be full.
func (f *Fleet) publish(ctx context.Context, key Key, e *Entry) (stored bool, err error) {
	data, err := encode(e, key)
	if err != nil {
		return false, err
	}
	var refused error
	err = f.link.do(ctx, transfer, func(ctx context.Context) error {
		stored, refused = f.link.shared.Put(ctx, f.space, key.String(), data, versionOf(e), f.now().UnixMicro(), kept)
		return ctx.Err()
	})
	return stored, errors.Join(err, refused)
}

// send puts what the shared cache has missed.
func (f *Fleet) send(ctx context.Context) {
	f.mu.Lock()
	var keys []Key
	for key := range f.unsent {
		keys = append(keys, key)
	}
	f.mu.Unlock()
	for _, key := range keys {
		h, _ := f.memory.Get(key)
		if h.entry == nil && f.own != nil {
			h.entry, _ = f.own.Get(ctx, key)
		}
		if h.entry != nil {
			stored, err := f.publish(ctx, key, h.entry)
			if err != nil {
				return
			}
			if !stored {
				f.forget(key)
			}
		}
		f.setUnsent(key, false)
	}
}

func (f *Fleet) isUnsent(key Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unsent[key]
}

func (f *Fleet) setUnsent(key Key, unsent bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !unsent {
		delete(f.unsent, key)
	} else if len(f.unsent) < maxUnsent {
		f.unsent[key] = true
	}
}

// List implements Store: what memory has, then the shared cache, then this host alone.
func (f *Fleet) List(ctx context.Context) ([]Info, error) {
	var infos []Info
	for key, h := range f.memory.All() {
		if h.entry != nil && !h.entry.Lost && !h.entry.isMark() {
			infos = append(infos, h.entry.info(key))
		}
	}
	shared, err := f.listShared(ctx)
	infos = append(infos, shared...)
	if f.own != nil {
		own, ownErr := f.own.List(ctx)
		infos, err = append(infos, own...), errors.Join(err, ownErr)
	}
	return withoutRepeats(infos), err
}

// maxHead is how much of an entry is read to know what it is, in bytes. Its headers may be
// longer.
const maxHead = 8 << 10

func (f *Fleet) listShared(ctx context.Context) (infos []Info, err error) {
	var heads map[string][]byte
	// That it takes too long is no outage.
	away := f.link.do(ctx, listing, func(ctx context.Context) error {
		heads, err = f.link.shared.List(ctx, f.space, maxHead)
		return nil
	})
	if away != nil || err != nil {
		return nil, err
	}
	for text, data := range heads {
		key, err := ParseKey(text)
		if err != nil {
			continue
		}
		if m, err := readHead(bufio.NewReader(bytes.NewReader(data))); err != nil {
			infos = append(infos, Info{Key: key})
		} else if m.Status != 0 {
			infos = append(infos, m.info(key))
		}
	}
	return infos, nil
}

// Remove implements Store. If the shared cache is away other hosts still have the entry,
// which is an error.
func (f *Fleet) Remove(ctx context.Context, key Key) error {
	f.setUnsent(key, false)
	err := f.link.do(ctx, answerTime, func(ctx context.Context) error {
		return f.link.shared.Remove(ctx, f.space, key.String())
	})
	if f.own != nil {
		err = errors.Join(err, f.own.Remove(ctx, key))
	}
	f.forget(key)
	return err
}

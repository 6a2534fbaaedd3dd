package browser

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxHistory is how many changes a page can be behind and still only swap files.
const maxHistory = 64

// eventTimeout is how long a browser may take to accept an event. One that took longer
// connects again.
const eventTimeout = 10 * time.Second

// state is what there is to see. It is not changed, but replaced.
type state struct {
	id       int        // how many changes there were
	changes  [][]string // the last of them: the paths that can be swapped, nil for all else
	failure  *report    // of the last build; nil if it was good
	good     bool       // whether there was a good one
	replaced chan struct{}
}

// add appends a change to the history.
func (s *state) add(swap []string) {
	s.id++
	s.changes = append(slices.Clone(s.changes), swap)
	s.changes = s.changes[max(0, len(s.changes)-maxHistory):]
}

// since returns the paths that have to be swapped in a page of state id to make it one
// of s, or false if it has to be loaded again.
func (s *state) since(id int) (swap []string, ok bool) {
	missed := s.id - id
	if missed < 0 || missed > len(s.changes) {
		return nil, false
	}
	for _, change := range s.changes[len(s.changes)-missed:] {
		if change == nil {
			return nil, false
		}
		swap = append(swap, change...)
	}
	slices.Sort(swap)
	return slices.Compact(swap), true
}

func (b *Browser) state() *state {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// replace makes another state of the present one, and wakes whoever waits for that.
func (b *Browser) replace(change func(*state)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *b.now
	change(&next)
	next.replaced = make(chan struct{})
	close(b.now.replaced)
	b.now = &next
}

func newRun() string { return rand.Text()[:10] }

// at is the name of a state in pages, events and cookies.
func (b *Browser) at(s *state) string { return b.run + "." + strconv.Itoa(s.id) }

// idOf is the number of a state by its name; false if it is another process's.
func (b *Browser) idOf(at string) (int, bool) {
	run, number, _ := strings.Cut(at, ".")
	id, err := strconv.Atoi(number)
	return id, run == b.run && err == nil
}

// event is what a page is told.
type event struct {
	At   string   `json:"at"`             // what the page is of once it has done that
	Swap []string `json:"swap,omitempty"` // paths of public files; none: load the page again
}

// events sends a page what has changed since the state that it names, and what changes
// from then on.
func (b *Browser) events(w http.ResponseWriter, r *http.Request) {
	id, ours := b.idOf(r.URL.Query().Get("at"))
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep events until it has a page of them
	conn := http.NewResponseController(w)
	send := func(text string) bool {
		conn.SetWriteDeadline(time.Now().Add(eventTimeout)) // which may not be possible
		_, err := w.Write([]byte(text))
		return err == nil && conn.Flush() == nil
	}
	if !send(": connected\n\n") {
		return
	}
	for {
		s := b.state()
		// Before its first build, a new process has nothing to load again.
		if s.id > 0 && (!ours || id != s.id) {
			e := event{At: b.at(s)}
			if ours {
				e.Swap, _ = s.since(id)
			}
			data, _ := json.Marshal(e) // strings always encode
			if !send(fmt.Sprintf("data: %s\n\n", data)) {
				return
			}
			id, ours = s.id, true
		}
		select {
		case <-s.replaced:
		case <-r.Context().Done():
			return
		case <-b.closed:
			return
		}
	}
}

// swappable returns the paths of the files if a page can do with new ones of them; nil
// if it cannot.
func (b *Browser) swappable(files []string) []string {
	var swap []string
	for _, file := range files {
		name, public := strings.CutPrefix(file, "public/")
		switch path.Ext(strings.ToLower(name)) {
		case ".css", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico":
		default:
			public = false
		}
		if !public {
			return nil
		}
		if _, err := os.Stat(filepath.Join(b.opts.Dir, filepath.FromSlash(file))); err != nil {
			return nil // removed: what is there instead is for the page to say
		}
		swap = append(swap, "/"+name)
	}
	return swap
}

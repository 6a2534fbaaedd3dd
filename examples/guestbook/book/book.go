// Package book keeps the entries of a guestbook in an SQLite database. Several
// processes may use one database at a time.
package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver
)

// What an entry, and a minute, may have.
const (
	MaxName    = 60   // characters
	MaxMessage = 1000 // characters
	PerMinute  = 20   // entries
)

// Entry is what somebody wrote.
type Entry struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Message string    `json:"message"`
	Created time.Time `json:"created"`
}

// Book is a guestbook. Its methods may be called by several goroutines at once.
type Book struct {
	db   *sql.DB
	stop context.CancelFunc
	done <-chan struct{} // closed when nobody should wait for entries any longer
}

// schema makes a new database.
const schema = `
CREATE TABLE IF NOT EXISTS entry (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	name    TEXT    NOT NULL,
	message TEXT    NOT NULL,
	created INTEGER NOT NULL -- seconds since 1970
) STRICT;
CREATE INDEX IF NOT EXISTS entry_created ON entry (created);`

// Open opens the database in a file, which it makes if there is none. Nobody waits
// for entries any longer when ctx is done.
func Open(ctx context.Context, file string) (*Book, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	// Readers do not wait for a writer in this mode, and writers for one another.
	name := url.URL{Scheme: "file", Path: file, RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	ctx, stop := context.WithCancel(ctx)
	return &Book{db, stop, ctx.Done()}, nil
}

// Close ends all waiting and closes the database.
func (b *Book) Close() error {
	b.stop()
	return b.db.Close()
}

// The errors of Add are for the person who signs.
var (
	ErrName    = fmt.Errorf("a name has 1 to %d characters", MaxName)
	ErrMessage = fmt.Errorf("a message has 1 to %d characters", MaxMessage)
	ErrBusy    = errors.New("many people are signing just now: please try again in a minute")
)

// Add writes an entry. It returns ErrName, ErrMessage or ErrBusy when it will not.
func (b *Book) Add(ctx context.Context, name, message string) error {
	name, message = clean(name), clean(message)
	if n := utf8.RuneCountInString(name); n == 0 || n > MaxName {
		return ErrName
	}
	if n := utf8.RuneCountInString(message); n == 0 || n > MaxMessage {
		return ErrMessage
	}
	now := time.Now().Unix()
	result, err := b.db.ExecContext(ctx, `
		INSERT INTO entry (name, message, created)
		SELECT ?, ?, ? WHERE (SELECT count(*) FROM entry WHERE created > ?) < ?`,
		name, message, now, now-60, PerMinute)
	if err != nil {
		return fmt.Errorf("add an entry: %w", err)
	}
	if added, err := result.RowsAffected(); err != nil || added == 0 {
		return errors.Join(err, ErrBusy)
	}
	return nil
}

// clean is text as it is stored: what a form makes of line ends is undone.
func clean(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"))
}

// Delete removes an entry, if it is there.
func (b *Book) Delete(ctx context.Context, id int64) error {
	_, err := b.db.ExecContext(ctx, "DELETE FROM entry WHERE id = ?", id)
	return err
}

// Newest are the latest entries, the newest first.
func (b *Book) Newest(ctx context.Context, n int) ([]Entry, error) {
	return b.entries(ctx, "SELECT id, name, message, created FROM entry ORDER BY id DESC LIMIT ?", n)
}

// After are the entries that follow one, the oldest first.
func (b *Book) After(ctx context.Context, id int64) ([]Entry, error) {
	return b.entries(ctx, "SELECT id, name, message, created FROM entry WHERE id > ? ORDER BY id LIMIT 100", id)
}

func (b *Book) entries(ctx context.Context, query string, argument any) ([]Entry, error) {
	rows, err := b.db.QueryContext(ctx, query, argument)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	defer rows.Close()
	var entries []Entry
	for rows.Next() {
		var e Entry
		var created int64
		if err := rows.Scan(&e.ID, &e.Name, &e.Message, &created); err != nil {
			return nil, fmt.Errorf("read entries: %w", err)
		}
		e.Created = time.Unix(created, 0).UTC()
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// poll is how soon an entry is seen that another process has written.
const poll = 300 * time.Millisecond

// ended reports whether nobody waits for entries any longer.
func (b *Book) ended(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-b.done:
		return true
	default:
		return false
	}
}

// Wait waits until there are entries after one, and returns them as After does. It
// returns none when ctx is done or the book is closed or to be closed.
func (b *Book) Wait(ctx context.Context, id int64) ([]Entry, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		entries, err := b.After(ctx, id)
		switch {
		case err != nil && b.ended(ctx):
			return nil, nil // that is why it has failed
		case err != nil, len(entries) > 0:
			return entries, err
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-b.done:
			return nil, nil
		case <-tick.C:
		}
	}
}

// Counts are figures of a book.
type Counts struct {
	Entries, Names int
	Days           []Day // those of the last week that have entries, the latest first
}

// Day is how many entries a day has, in UTC.
type Day struct {
	Date    time.Time
	Entries int
}

// Most is how many entries the day with the most has.
func (c Counts) Most() int {
	most := 0
	for _, d := range c.Days {
		most = max(most, d.Entries)
	}
	return most
}

// Counts counts.
func (b *Book) Counts(ctx context.Context) (c Counts, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT count(*), count(DISTINCT lower(name)) FROM entry").Scan(&c.Entries, &c.Names)
	if err != nil {
		return c, fmt.Errorf("count entries: %w", err)
	}
	const day = 24 * 60 * 60
	rows, err := b.db.QueryContext(ctx, `
		SELECT created / ? AS day, count(*) FROM entry WHERE day > ? / ? - 7
		GROUP BY day ORDER BY day DESC`, day, time.Now().Unix(), day)
	if err != nil {
		return c, fmt.Errorf("count days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var d Day
		if err := rows.Scan(&number, &d.Entries); err != nil {
			return c, fmt.Errorf("count days: %w", err)
		}
		d.Date = time.Unix(number*day, 0).UTC()
		c.Days = append(c.Days, d)
	}
	return c, rows.Err()
}

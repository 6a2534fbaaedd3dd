package book

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, file string) *Book {
	t.Helper()
	b, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func add(t *testing.T, b *Book, name, message string) {
	t.Helper()
	if err := b.Add(t.Context(), name, message); err != nil {
		t.Fatal(err)
	}
}

func TestAdd(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "a new directory", "book?#%.db"))
	for _, tt := range []struct {
		name, message string
		want          error
	}{
		{" Ada\xff ", "Hello\r\nthere\n", nil},
		{strings.Repeat("ä", MaxName), strings.Repeat("ö", MaxMessage), nil},
		{" ", "Hello", ErrName},
		{strings.Repeat("a", MaxName+1), "Hello", ErrName},
		{"Ada", "\n", ErrMessage},
		{"Ada", strings.Repeat("a", MaxMessage+1), ErrMessage},
	} {
		if err := b.Add(t.Context(), tt.name, tt.message); err != tt.want {
			t.Errorf("%.10q signs %.10q: %v, want %v", tt.name, tt.message, err, tt.want)
		}
	}
	entries, err := b.Newest(t.Context(), 10)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	if e := entries[1]; e.Name != "Ada\uFFFD" || e.Message != "Hello\nthere" {
		t.Errorf("the first entry is %+v", e)
	}
}

func TestBusy(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for range PerMinute {
		add(t, b, "Ada", "Hello")
	}
	if err := b.Add(t.Context(), "Ada", "Hello"); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	if _, err := b.db.Exec("UPDATE entry SET created = created - 60"); err != nil {
		t.Fatal(err)
	}
	add(t, b, "Ada", "a minute later")
}

// TestWait waits for an entry that somebody else writes, as another process does.
func TestWait(t *testing.T) {
	file := filepath.Join(t.TempDir(), "book.db")
	reader, writer := open(t, file), open(t, file)
	add(t, writer, "Ada", "one")
	entries, err := reader.Wait(t.Context(), 0)
	if err != nil || len(entries) != 1 || entries[0].Message != "one" {
		t.Fatalf("waited for %v, %v", entries, err)
	}
	found := make(chan []Entry)
	go func() {
		entries, err := reader.Wait(t.Context(), entries[0].ID)
		if err != nil {
			t.Error(err)
		}
		found <- entries
	}()
	add(t, writer, "Ada", "two")
	if entries := <-found; len(entries) != 1 || entries[0].Message != "two" {
		t.Errorf("waited for %v", entries)
	}
}

func TestWaitEnds(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "book.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if entries, err := b.Wait(ctx, 0); entries != nil || err != nil {
		t.Errorf("nobody waits: %v, %v", entries, err)
	}
	b.stop()
	if entries, err := b.Wait(t.Context(), 0); entries != nil || err != nil {
		t.Errorf("the book is about to be closed: %v, %v", entries, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := b.Wait(t.Context(), 0); entries != nil || err != nil {
		t.Errorf("the book is closed: %v, %v", entries, err)
	}
}

func TestCounts(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for _, name := range []string{"Ada", "ada", "Grace", "Alan"} {
		add(t, b, name, "Hello")
	}
	if _, err := b.db.Exec(`UPDATE entry SET created = created - 24*60*60*(4 - id) WHERE id <= 3;
		UPDATE entry SET created = created - 24*60*60*7 WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	entries, err := b.Newest(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), entries[0].ID); err != nil {
		t.Fatal(err)
	}
	c, err := b.Counts(t.Context())
	if err != nil || c.Entries != 3 || c.Names != 2 || len(c.Days) != 2 || c.Days[0].Entries != 1 || !c.Days[0].Date.After(c.Days[1].Date) {
		t.Errorf("counts are %+v, %v", c, err)
	}
}

func TestMost(t *testing.T) {
	for _, tt := range []struct {
		days []Day
		want int
	}{
		{nil, 0},
		{[]Day{{Entries: 2}, {Entries: 4}, {Entries: 1}}, 4},
	} {
		if got := (Counts{Days: tt.days}).Most(); got != tt.want {
			t.Errorf("most of %v is %d, want %d", tt.days, got, tt.want)
		}
	}
}

package counts

import (
	"strings"
	"testing"
	"time"

	"example.com/guestbook/book"
)

func TestRender(t *testing.T) {
	day := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		counts book.Counts
		want   []string
	}{
		{book.Counts{}, []string{`<dd id="entries">0</dd>`, "Nobody has signed this week."}},
		{
			book.Counts{Entries: 12, Names: 3, Days: []book.Day{{Date: day, Entries: 2}, {Date: day.AddDate(0, 0, -1), Entries: 4}}},
			[]string{`<dd id="entries">12</dd>`, `<dd id="names">3</dd>`, `3 February 2026`, `<meter max="4" value="2">`, `<meter max="4" value="4">`},
		},
	} {
		var b strings.Builder
		if err := Render(&b, tt.counts); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s is not in\n%s", want, &b)
			}
		}
	}
}

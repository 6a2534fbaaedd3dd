package pages

import (
	"testing"
	"time"
)

func TestData(t *testing.T) {
	posts, err := Data()
	if err != nil || len(posts) != newest {
		t.Fatalf("%d posts, %v", len(posts), err)
	}
	if posts[0].Newer != nil {
		t.Errorf("the first post is %q, and there is a newer one", posts[0].Title)
	}
}

func TestFuncs(t *testing.T) {
	date := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	funcs := Funcs()
	for name, want := range map[string]string{"day": "3 February 2026", "iso": "2026-02-03"} {
		if got := funcs[name].(func(time.Time) string)(date); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

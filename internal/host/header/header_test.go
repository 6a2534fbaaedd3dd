package header

import (
	"net/http"
	"reflect"
	"slices"
	"testing"
)

func TestList(t *testing.T) {
	got := slices.Collect(List([]string{" a,\tb c ,,", "", `"d"`}))
	if want := []string{"a", "b c", `"d"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for item := range List([]string{"a, b"}) {
		if item != "a" {
			t.Errorf("%q after the first", item)
		}
		break
	}
}

func TestChoices(t *testing.T) {
	got := Choices([]string{"GZip; q=0.5, br", "*;Q=0 , x;q=nonsense;v=1"})
	want := []Choice{{"gzip", 0.5}, {"br", 1}, {"*", 0}, {"x", 0}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRemoveHopByHop(t *testing.T) {
	h := http.Header{"Connection": {"close, x-mine", "Te"}, "X-Mine": {"1"}, "Te": {"trailers"}, "Upgrade": {"x"}, "Accept": {"y"}}
	RemoveHopByHop(h)
	if want := (http.Header{"Accept": {"y"}}); !reflect.DeepEqual(h, want) {
		t.Errorf("left %v, want %v", h, want)
	}
}

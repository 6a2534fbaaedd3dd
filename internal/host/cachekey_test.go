package host

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// TestKeysOfTheRequestBefore asks for pages by turns whose keys differ in one value.
func TestKeysOfTheRequestBefore(t *testing.T) {
	out := &output.Prerender{Name: "page", Function: &output.Function{Name: "fn"}}
	out.Config.AllowQuery, out.Config.Group = []string{"b", "a"}, 1
	p := newPrerendered(out)
	keys := map[string]string{}
	for range 3 {
		for _, host := range []string{"one", "two"} {
			for _, query := range []string{"", "a=1", "b=1", "b=1&a=2", "a=2&c=3&b=1"} {
				k := p.keys(host, &router.Decision{Query: router.ParseQuery(query)}, nil)
				if again := p.keys(host, &router.Decision{Query: router.ParseQuery(query)}, nil); again != k {
					t.Errorf("%s?%s: the keys are made again", host, query)
				}
				name := host + "?" + strings.Replace(query, "a=2&c=3&b=1", "b=1&a=2", 1)
				text := fmt.Sprint(k.page, *k.group)
				if was, ok := keys[name]; ok && was != text {
					t.Errorf("%s: %s, then %s", name, was, text)
				}
				keys[name] = text
			}
		}
	}
	different := map[string]bool{}
	for _, text := range keys {
		different[text] = true
	}
	if len(different) != 8 {
		t.Errorf("%d keys, want 8", len(different))
	}
}

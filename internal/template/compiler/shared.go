package compiler

import (
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Shared are the mistakes of several pages: of those that are in a file which they share,
// one is said of all. Its zero value has none.
type Shared struct {
	first []Mistake
	times map[sharedKey]int
}

// sharedKey is the same of one mistake in several pages.
type sharedKey struct {
	at   diag.Pos
	kind string
}

// Add adds the mistakes of a page.
func (s *Shared) Add(list []Mistake) {
	if s.times == nil {
		s.times = map[sharedKey]int{}
	}
	once := map[sharedKey]bool{}
	for _, mistake := range list {
		key := sharedKey{mistake.Pos, mistake.Kind}
		if once[key] {
			continue
		}
		once[key] = true
		if s.times[key]++; s.times[key] == 1 {
			s.first = append(s.first, mistake)
		}
	}
}

// List is each mistake, of the first page that has it.
func (s *Shared) List() (list diag.List) {
	for _, mistake := range s.first {
		others := s.times[sharedKey{mistake.Pos, mistake.Kind}] - 1
		if others > 0 {
			mistake.Fix = strings.TrimPrefix(mistake.Fix+"\nit is a mistake of "+count(others, "other page")+", too", "\n")
		}
		list = append(list, mistake.Diagnostic)
	}
	return list
}

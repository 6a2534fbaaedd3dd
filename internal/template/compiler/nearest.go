package compiler

import (
	"slices"
	"strings"
)

// nearest is the one of names that name is most likely a slip of; "" for none.
func nearest(name string, names []string) string {
	best, found := 1+max(1, len(name)/3), ""
	for _, n := range slices.Sorted(slices.Values(names)) {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < best && n != name {
			best, found = d, n
		}
	}
	return found
}

// distance is how many letters are to be added, removed, replaced or exchanged with the
// next one to make b of a.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// list writes names as in a sentence.
func list(names []string) string {
	const most = 8
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	rest := ""
	if len(names) > most {
		names, rest = names[:most], " and more"
	}
	text := strings.Join(names, ", ")
	return text + rest
}

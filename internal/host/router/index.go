package router

import "slices"

// phase has the routes of one phase. In a large table few of them can match a subject:
// they are indexed by the prefix or suffix that they require, so that the others cost
// nothing.
type phase struct {
	rules    []rule
	wholes   map[string][]int32 // rules that match a single text, by that text
	prefixes byText
	suffixes byText
	others   []int32
}

// byText indexes rules by a text in lower case.
type byText struct {
	lengths []int // of the texts, ascending
	rules   map[string][]int32
}

func (b *byText) add(text string, i int32) {
	if b.rules == nil {
		b.rules = map[string][]int32{}
	}
	b.rules[text] = append(b.rules[text], i)
	if at, ok := slices.BinarySearch(b.lengths, len(text)); !ok {
		b.lengths = slices.Insert(b.lengths, at, len(text))
	}
}

// add appends a rule. It is indexed by the longer of its prefix and suffix, which fewer
// rules share.
func (p *phase) add(r rule) {
	i := int32(len(p.rules))
	p.rules = append(p.rules, r)
	a := r.src.ends()
	prefix, suffix := lower(a.prefix), lower(a.suffix)
	switch {
	case r.src.literal:
		if p.wholes == nil {
			p.wholes = map[string][]int32{}
		}
		p.wholes[prefix] = append(p.wholes[prefix], i)
	case prefix == "" && suffix == "":
		p.others = append(p.others, i)
	case len(prefix) >= len(suffix):
		p.prefixes.add(prefix, i)
	default:
		p.suffixes.add(suffix, i)
	}
}

// candidates are the rules of a phase that may match a subject: the rest of each list
// that has some, ascending.
type candidates [][]int32

// candidates appends the candidates for a subject to none, which is empty.
func (p *phase) candidates(subject string, none candidates) candidates {
	s := lower(subject)
	c := none.add(p.others)
	if len(p.wholes) > 0 {
		c = c.add(p.wholes[s])
	}
	for _, n := range p.prefixes.lengths {
		if n > len(s) {
			break
		}
		c = c.add(p.prefixes.rules[s[:n]])
	}
	for _, n := range p.suffixes.lengths {
		if n > len(s) {
			break
		}
		c = c.add(p.suffixes.rules[s[len(s)-n:]])
	}
	return c
}

func (c candidates) add(list []int32) candidates {
	if len(list) == 0 {
		return c
	}
	return append(c, list)
}

// next returns the first candidate at or after rule i; -1 for none. i must not decrease
// from call to call.
func (c candidates) next(i int) int {
	first := -1
	for at, list := range c {
		if len(list) > 0 && int(list[0]) < i {
			n, _ := slices.BinarySearch(list, int32(i))
			list = list[n:]
			c[at] = list
		}
		if len(list) > 0 && (first < 0 || int(list[0]) < first) {
			first = int(list[0])
		}
	}
	return first
}

package router

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// lookahead runs a pattern that looks ahead. Its look-aheads are programs of
// their own: where the pattern comes to one, that is run from there. No program
// is ever in the same state at the same place twice, so that the time a match
// takes is bounded, where a plain backtracking engine may need exponentially
// more; what is found first is the same.
type lookahead struct {
	progs    []*syntax.Prog // by group number: of the pattern, then of look-aheads; nil for other groups
	not      []bool         // by group number: the look-ahead must not match
	own      []int          // the numbers of the pattern's own groups
	ownNames []string
	anchored bool
}

// capturesInLookahead reports whether a group within a positive look-ahead may
// hold something when the pattern has matched, which our engine cannot tell. ahead
// says that the tree is itself within one.
func capturesInLookahead(tree *syntax.Regexp, ahead bool) bool {
	if tree.Op == syntax.OpCapture {
		if ahead && !isLookahead(tree.Name) {
			return true
		}
		ahead = ahead || isPositive(tree.Name)
	}
	return slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return capturesInLookahead(sub, ahead) })
}

func isLookahead(name string) bool { return strings.HasPrefix(name, aheadMark) }

func isPositive(name string) bool { return isLookahead(name) && !strings.HasPrefix(name, notAhead) }

// newLookahead compiles the tree of a source, and changes it.
func newLookahead(tree *syntax.Regexp) *lookahead {
	names := tree.CapNames()
	l := &lookahead{progs: make([]*syntax.Prog, len(names)), not: make([]bool, len(names))}
	for n, name := range names {
		if !isLookahead(name) {
			l.own = append(l.own, n)
			l.ownNames = append(l.ownNames, name)
		}
	}
	l.extract(tree)
	l.progs[0] = compileTree(tree)
	l.anchored = l.progs[0].StartCond()&syntax.EmptyBeginText != 0
	return l
}

// extract compiles the look-aheads of a tree and leaves empty groups in their
// places.
func (l *lookahead) extract(tree *syntax.Regexp) {
	for _, sub := range tree.Sub {
		l.extract(sub)
	}
	if tree.Op == syntax.OpCapture && isLookahead(tree.Name) {
		l.progs[tree.Cap] = compileTree(tree.Sub[0])
		l.not[tree.Cap] = !isPositive(tree.Name)
		tree.Sub[0] = &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
}

func compileTree(tree *syntax.Regexp) *syntax.Prog {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic(err) // it has no other error than those of parsing
	}
	return prog
}

func (l *lookahead) names() []string { return l.ownNames }

func (l *lookahead) find(s string, e *effort) ([]string, error) {
	m := search{lookahead: l, s: s, effort: e, seen: make([][]uint64, len(l.progs)), places: make([]int, 2*len(l.progs))}
	for i := range m.places {
		m.places[i] = -1
	}
	for at := 0; ; {
		if m.run(0, at) {
			m.places[0] = at
			return m.values(), nil
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		if at += size; size == 0 || l.anchored {
			break
		}
	}
	if e.steps > maxSteps {
		return nil, errRunaway
	}
	return nil, nil
}

// search is a pattern on its way through a subject.
type search struct {
	*lookahead
	*effort
	s      string
	places []int      // where groups begin and end, by twice their number; -1 is nowhere
	seen   [][]uint64 // by program: the states it was in
}

// thread is a state that a program has still to go on from; with pc < 0, a place
// to restore before that.
type thread struct{ pc, at int }

// run reports whether a program matches what begins at a place.
func (m *search) run(number, start int) bool {
	prog := m.progs[number]
	stack := append(make([]thread, 0, 32), thread{prog.Start, start})
threads:
	for len(stack) > 0 {
		pc, at := stack[len(stack)-1].pc, stack[len(stack)-1].at
		stack = stack[:len(stack)-1]
		if pc < 0 {
			m.places[^pc] = at
			continue
		}
		for m.visit(number, pc, at) {
			in := &prog.Inst[pc]
			pc = int(in.Out)
			switch in.Op {
			case syntax.InstMatch:
				m.end(number, at)
				return true
			case syntax.InstAlt, syntax.InstAltMatch:
				stack = append(stack, thread{int(in.Arg), at})
			case syntax.InstCapture:
				place := int(in.Arg)
				if group := place / 2; m.progs[group] == nil {
					if number == 0 {
						stack = append(stack, thread{^place, m.places[place]})
						m.places[place] = at
					}
				} else if place%2 == 0 && m.run(group, at) == m.not[group] {
					continue threads
				}
			case syntax.InstEmptyWidth:
				if syntax.EmptyOp(in.Arg)&^m.context(at) != 0 {
					continue threads
				}
			case syntax.InstNop:
			default:
				r, size := utf8.DecodeRuneInString(m.s[at:])
				if size == 0 || !consumes(in, r) {
					continue threads
				}
				at += size
			}
		}
	}
	return false
}

// visit reports whether a program is in a state for the first time.
func (m *search) visit(number, pc, at int) bool {
	if m.steps++; m.steps > maxSteps {
		return false
	}
	if m.seen[number] == nil {
		m.seen[number] = make([]uint64, (len(m.progs[number].Inst)*(len(m.s)+1)+63)/64)
		m.steps += len(m.seen[number])
	}
	state := pc*(len(m.s)+1) + at
	word, bit := &m.seen[number][state/64], uint64(1)<<(state%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}

// end notes that a program has matched. A look-ahead that has not need not be
// tried from the same states again; one that has may be.
func (m *search) end(number, at int) {
	if number == 0 {
		m.places[1] = at
		return
	}
	clear(m.seen[number])
	m.steps += len(m.seen[number])
}

// context is what is true of a place between two runes.
func (m *search) context(at int) syntax.EmptyOp {
	before, after := rune(-1), rune(-1)
	if at > 0 {
		before, _ = utf8.DecodeLastRuneInString(m.s[:at])
	}
	if at < len(m.s) {
		after, _ = utf8.DecodeRuneInString(m.s[at:])
	}
	return syntax.EmptyOpContext(before, after)
}

func consumes(in *syntax.Inst, r rune) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1:
		return in.MatchRune(r)
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return r != '\n'
	}
	return false
}

// values is what the pattern's own groups hold.
func (m *search) values() []string {
	values := make([]string, len(m.own))
	for i, n := range m.own {
		if from, to := m.places[2*n], m.places[2*n+1]; from >= 0 && to >= 0 {
			values[i] = m.s[from:to]
		}
	}
	return values
}

package router

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// lookahead runs a pattern with look-aheads. Each look-ahead is a program of its own,
// which is run where the pattern reaches it. No program visits a state at a position
// twice, which bounds the time of a match, whereas a backtracking engine may take
// exponential time; both find the same match first.
type lookahead struct {
	progs    []*syntax.Prog // by group number: of the pattern, then of look-aheads; nil for other groups
	not      []bool         // by group number: the look-ahead is negative
	own      []int          // numbers of the groups that are not look-aheads
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

// newLookahead compiles the tree of a source, which it modifies.
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

// extract compiles the look-aheads of a tree and leaves empty groups in their place.
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
		panic(err) // the only errors are those of parsing
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

// search is a search for a match in a subject.
type search struct {
	*lookahead
	*effort
	s      string
	places []int      // of the begin and end of groups, by twice their number; -1 is none
	seen   [][]uint64 // by program: the bits of visited states
}

// thread is a state that is still to be explored or, if pc < 0, a place to restore.
type thread struct{ pc, at int }

// run reports whether a program matches at a position.
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

// visit reports whether a program visits a state for the first time.
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

// end records that a program has matched. A look-ahead that failed need not be tried from
// the same states again; one that matched may be.
func (m *search) end(number, at int) {
	if number == 0 {
		m.places[1] = at
		return
	}
	clear(m.seen[number])
	m.steps += len(m.seen[number])
}

// context returns the empty-width conditions that hold at a position.
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

// values returns the captures of the groups that are not look-aheads.
func (m *search) values() []string {
	values := make([]string, len(m.own))
	for i, n := range m.own {
		if from, to := m.places[2*n], m.places[2*n+1]; from >= 0 && to >= 0 {
			values[i] = m.s[from:to]
		}
	}
	return values
}

package router

import (
	"maps"
	"net/http"

	"github.com/jargo-dev/jargo/internal/output"
)

// maxRuns bounds how many phases are run for one request.
const maxRuns = 50

// verdict is how a phase ended.
type verdict int

const (
	unmatched verdict = iota // no route ended the phase
	ended                    // a route ended it; the path has yet to be looked up
	found                    // an output was found
	decided                  // the decision needs no output
)

// walk is the state of one request during routing. The steps are those of the
// reference's master algorithm.
type walk struct {
	t          *Table
	d          *Decision
	req        *Request
	path       string
	query      Query
	status     int // set by routes; 0 is none
	locked     map[string]bool
	last       *rule    // the route that ended the phase
	lastPlace  place    // where that route matched, and
	lastStatus int      // the status before it
	caps       captures // of the last match
	hitPath    string   // what hit routes match
	runs       int
	explain    bool
}

// place is what is restored after a phase without a result.
type place struct {
	path  string
	query Query
}

// Route decides how to respond to req. explain also records the steps.
func (t *Table) Route(req *Request, explain bool) *Decision {
	// Routes match escaped paths, but a visitor can send bytes that are not ASCII.
	w := &walk{t: t, req: req, path: escape(req.Path), query: req.Query, explain: explain,
		d: &Decision{Route: -1, Runaway: -1, FunctionPath: req.Path, request: req}}
	if w.request() == found {
		w.hit()
	} else if w.d.Kind == Fail {
		w.errorPage(w.d.Status)
	}
	w.finish()
	return w.d
}

// Fail decides how to respond when the output that d chose fails: with a page of the
// error phase, or the host's own (Kind is Fail).
func (t *Table) Fail(d *Decision, status int, code string) *Decision {
	next := *d
	next.Header, next.Important = maps.Clone(d.Header), maps.Clone(d.Important)
	w := &walk{t: t, req: d.request, path: d.Path, query: d.Query, d: &next, explain: d.Steps != nil}
	w.fail(status, code, "")
	w.errorPage(status)
	w.finish()
	return w.d
}

func (w *walk) finish() {
	w.d.Path, w.d.Query = w.path, w.query
	if w.d.Kind == Serve || w.d.Kind == Proxy {
		w.d.Status = w.status
	}
}

// request runs the phases up to the resource phase. It returns found or decided.
func (w *walk) request() verdict {
	v := w.run(output.PhaseNull)
	if v >= found {
		return v
	}
	if v := w.lookupOrMiss(output.PhaseNull); v >= found {
		return v
	}
	if v == ended {
		if w.last.Status >= 400 {
			return w.fail(w.last.Status, "", "")
		}
		if w.last.Dest != "" {
			// The dest does not exist: go on with the previous path.
			w.restore(w.lastPlace)
			w.status = w.lastStatus
			if w.lookup(output.PhaseNull) {
				return found
			}
		}
	}
	switch v := w.run(output.PhaseFilesystem); v {
	case found, decided:
		return v
	case ended:
		if v := w.lookupOrMiss(output.PhaseFilesystem); v >= found {
			return v
		}
		return w.notFound()
	}
	for _, phase := range []string{output.PhaseRewrite, output.PhaseResource} {
		switch v := w.attempt(phase); v {
		case found, decided:
			return v
		case ended:
			return w.notFound()
		}
	}
	return w.notFound()
}

func (w *walk) notFound() verdict {
	if w.status >= 400 {
		return w.fail(w.status, "", "")
	}
	return w.fail(http.StatusNotFound, "NOT_FOUND", "")
}

// run tries the routes of a phase in order.
func (w *walk) run(phase string) verdict {
	p := w.t.phases[phase]
	if p == nil {
		return unmatched
	}
	if w.runs++; w.runs > maxRuns {
		return w.fail(http.StatusLoopDetected, "INFINITE_LOOP_DETECTED", "the routes form a loop")
	}
	outer := w.locked
	w.lock(phase)
	defer func() { w.locked = outer }()
	var room [12][]int32
	var rules candidates
	for i, subject := 0, ""; ; i++ {
		if now := w.subject(phase); now != subject {
			subject = now
			rules = p.candidates(subject, room[:0])
		}
		if i = rules.next(i); i < 0 {
			return unmatched
		}
		r := &p.rules[i]
		get, ok, err := w.match(r, subject)
		if err != nil {
			return w.runaway(r, err)
		}
		if !ok || phase == output.PhaseError && r.Status != 0 && r.Status != w.status {
			continue
		}
		if v := w.apply(r, phase, get); v != unmatched {
			return v
		}
	}
}

// subject returns what the routes of a phase match.
func (w *walk) subject(phase string) string {
	if phase == output.PhaseHit {
		return w.hitPath
	}
	return w.path
}

// runaway fails the request because of a route whose conditions or src took too long.
func (w *walk) runaway(r *rule, err error) verdict {
	w.d.Route = r.index
	if w.d.Runaway < 0 {
		w.d.Runaway = r.index
	}
	return w.fail(http.StatusBadGateway, "ROUTER_CANNOT_MATCH", err.Error())
}

// attempt runs a phase and, if it has no result, restores the path and query. Headers
// and transforms of routes that matched stay.
func (w *walk) attempt(phase string) verdict {
	at := place{w.path, w.query}
	v := w.run(phase)
	if v < found {
		w.restore(at)
	}
	return v
}

func (w *walk) restore(p place) { w.path, w.query = p.path, p.query }

// lock prevents hit and miss routes from overwriting headers of earlier phases.
func (w *walk) lock(phase string) {
	w.locked = nil
	if phase == output.PhaseHit || phase == output.PhaseMiss {
		w.locked = make(map[string]bool, len(w.d.Header))
		for name := range w.d.Header {
			w.locked[name] = true
		}
	}
}

// lookup looks up the output at the path.
func (w *walk) lookup(phase string) bool {
	name, ok := w.t.outputs.Find(w.path)
	if ok {
		w.d.Kind, w.d.Output = Serve, name
		w.step(phase, nil, "found", name)
	} else {
		w.step(phase, nil, "nothing there", "")
	}
	return ok
}

// lookupOrMiss looks up the output at the path and, failing that, runs the miss
// phase.
func (w *walk) lookupOrMiss(phase string) verdict {
	if w.lookup(phase) {
		return found
	}
	return w.attempt(output.PhaseMiss)
}

// hit adds the headers for the output that was found.
func (w *walk) hit() {
	if w.t.phases[output.PhaseHit] == nil {
		return
	}
	w.hitPath = "/" + w.d.Output
	w.run(output.PhaseHit)
}

// fail makes the decision a failure.
func (w *walk) fail(status int, code, reason string) verdict {
	w.d.Kind, w.d.Status, w.d.Code, w.d.Reason = Fail, status, code, reason
	w.d.Output = ""
	return decided
}

// errorPage runs the error phase for the site's own page for a status.
func (w *walk) errorPage(status int) {
	w.status = status
	failure := *w.d
	switch v := w.run(output.PhaseError); {
	case v == found:
		w.hit()
		return
	case v == decided && w.d.Kind != Fail:
		return
	}
	w.d.Kind, w.d.Status, w.d.Code, w.d.Reason = Fail, failure.Status, failure.Code, failure.Reason
}

func (w *walk) step(phase string, r *rule, did, output string) {
	if !w.explain {
		return
	}
	s := Step{Phase: phase, Route: -1, Did: did, Path: w.path, Output: output}
	if q := w.query.String(); q != "" {
		s.Path += "?" + q
	}
	if r != nil {
		s.Route, s.Src = r.index, r.Src
	}
	w.d.Steps = append(w.d.Steps, s)
}

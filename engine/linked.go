package engine

import (
	"context"
	"io"
	"net/http"
)

// FunctionDir is an environment variable: the directory with the files of the function,
// where the program is elsewhere.
const FunctionDir = "JARGO_FUNCTION_DIR"

// Linked is a site in a program that has its host, too. Requests are calls.
type Linked struct {
	site   http.Handler
	opened io.Closer
	log    linkedLog
}

// Link opens a site whose function has its files in dir. log gets the records and errors
// of pages: request is the id of the request that one is of, "" for none, level the
// protocol's name. The context ends Open.
func Link(ctx context.Context, s Site, dir string, log func(request, level, text string)) (*Linked, error) {
	l := &Linked{log: log}
	logTo(l.log)
	opened, err := s.open(ctx)
	if err != nil {
		return nil, openError(err)
	}
	l.opened = opened
	l.site = NewHandler(s.Pages, Options{Dir: dir, Log: l.log.error})
	return l, nil
}

// Serve responds to a request. Its id is that of what pages log for it.
func (l *Linked) Serve(w http.ResponseWriter, r *http.Request, id string) {
	l.site.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), invocationKey{}, invocation{InvocationID: id})))
}

// Close closes what Open returned. No request may be under way or follow.
func (l *Linked) Close() {
	if failure := closeOpened(l.opened); failure != "" {
		l.log.error(context.Background(), failure)
	}
}

// linkedLog is the log of a host in the same program.
type linkedLog func(request, level, text string)

func (l linkedLog) error(ctx context.Context, text string) { l.sendLog(ctx, "error", []byte(text)) }

func (l linkedLog) sendLog(ctx context.Context, level string, text []byte) {
	inv, _ := ctx.Value(invocationKey{}).(invocation)
	l(inv.InvocationID, level, string(text))
}

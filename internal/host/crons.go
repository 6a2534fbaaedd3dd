package host

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/cron"
	"github.com/jargo-dev/jargo/internal/output"
)

// cronAgent is the user agent of a cron's request.
const cronAgent = "vercel-cron/1.0"

// cronSchedule is the key, in the context of a cron's request, of its schedule.
// The header of the same meaning is the platform's, and nobody may send it.
type cronSchedule struct{}

// Crons has Serve request the crons of what is deployed, on their schedules in
// UTC, with secret in the header Authorization unless it is empty. It must be
// called before Serve.
func (s *Server) Crons(secret string) {
	s.crons = func(ctx context.Context) { s.runCrons(ctx, secret, nextMinute) }
}

// nextMinute waits for the next full minute; false when ctx ends before.
func nextMinute(ctx context.Context) (time.Time, bool) {
	next := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	select {
	case <-timer.C:
		return next, true
	case <-ctx.Done():
		return time.Time{}, false
	}
}

// runCrons requests what is due in each minute, until there is none any more. Then
// it waits for the responses.
func (s *Server) runCrons(ctx context.Context, secret string, minute func(context.Context) (time.Time, bool)) {
	var requests sync.WaitGroup
	defer requests.Wait()
	for {
		now, ok := minute(ctx)
		if !ok {
			return
		}
		d := s.current.Load()
		for _, r := range d.cronRequests(now, secret) {
			requests.Go(func() { s.ServeHTTP(&nobody{header: http.Header{}}, r) })
		}
	}
}

// cronRequests are those for the crons of a minute.
func (d *Deployment) cronRequests(minute time.Time, secret string) []*http.Request {
	var list []*http.Request
	for _, c := range d.out.Config.Crons {
		schedule, err := cron.Parse(c.Schedule)
		if err == nil && !schedule.Due(minute) {
			continue
		}
		var r *http.Request
		if err == nil {
			r, err = d.cronRequest(c, secret)
		}
		if err != nil {
			d.log.Warn("a cron is not understood", "path", c.Path, "schedule", c.Schedule, "error", err)
			continue
		}
		list = append(list, r)
	}
	return list
}

// cronRequest is what the platform sends for a cron. A stopping host waits for
// its response, as for a visitor's.
func (d *Deployment) cronRequest(c output.Cron, secret string) (*http.Request, error) {
	ctx := context.WithValue(context.Background(), cronSchedule{}, c.Schedule)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Path, nil)
	if err != nil {
		return nil, err
	}
	r.RequestURI, r.RemoteAddr, r.Host = c.Path, "127.0.0.1:0", d.ownHost()
	r.Header.Set("User-Agent", cronAgent)
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	return r, nil
}

// nobody is a visitor who looks at no response.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header         { return n.header }
func (n *nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n *nobody) WriteHeader(int)             {}

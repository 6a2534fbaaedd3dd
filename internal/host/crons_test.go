package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const cronSite = `
-- config.json --
{"version":3,"crons":[
{"path":"/fn?job=1","schedule":"*/5 * * * *"},
{"path":"/fn?job=2","schedule":"0 12 * * *"},
{"path":"/fn?job=3","schedule":"0 12 * * 1"},
{"path":"/fn?job=4","schedule":"at noon"}]}
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
`

// TestCrons has a host live through three minutes, and stops it while the last
// requests are under way: the host waits for their responses.
func TestCrons(t *testing.T) {
	s := newSite(t, cronSite, func(o *Options) { o.Hosts = []string{"example.com"} })
	minutes := []time.Time{
		time.Date(2026, 1, 6, 11, 55, 0, 0, time.UTC), // a Tuesday
		time.Date(2026, 1, 6, 11, 56, 0, 0, time.UTC),
		time.Date(2026, 1, 6, 12, 0, 0, 0, time.UTC),
	}
	var mu sync.Mutex
	var got []string
	arrived, respond := make(chan bool, 9), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, strings.Join([]string{r.Method, r.Host, r.URL.RequestURI(), r.UserAgent(),
			r.Header.Get("X-Vercel-Cron-Schedule"), r.Header.Get("Authorization")}, ", "))
		mu.Unlock()
		arrived <- true
		<-respond
		io.WriteString(w, "done")
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(s.host)
	server.crons = func(ctx context.Context) {
		server.runCrons(ctx, "secret", func(ctx context.Context) (time.Time, bool) {
			if len(minutes) == 0 {
				<-ctx.Done()
				return time.Time{}, false
			}
			minute := minutes[0]
			minutes = minutes[1:]
			return minute, true
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	for range 3 {
		await(t, "a cron's request", arrived)
	}
	stop()
	close(respond)
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	slices.Sort(got)
	request := func(job, schedule string) string {
		return fmt.Sprintf("GET, example.com, /fn?job=%s, vercel-cron/1.0, %s, Bearer secret", job, schedule)
	}
	want := []string{request("1", "*/5 * * * *"), request("1", "*/5 * * * *"), request("2", "0 12 * * *")}
	if !slices.Equal(got, want) {
		t.Errorf("requests\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	log := s.log.String()
	if n := strings.Count(log, `msg="a cron is not understood" path="/fn?job=4"`); n != len(minutes)+3 {
		t.Errorf("the log says %d times that a schedule is none:\n%s", n, log)
	}
	if n := strings.Count(log, "status=200"); n != 3 {
		t.Errorf("the log has %d requests with status 200:\n%s", n, log)
	}
}

// TestCronHeader has a visitor who claims to be a cron.
func TestCronHeader(t *testing.T) {
	s := newSite(t, cronSite)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Header.Get("X-Vercel-Cron-Schedule"))
	})
	s.want(s.do("GET", "/fn", "", "X-Vercel-Cron-Schedule: * * * * *"), 200, "")
}

package program

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo/internal/serve"
)

// healthTimeout is how long the process that is asked may take.
const healthTimeout = 5 * time.Second

// health reports whether a process of this program serves, which has its regenerated pages
// in dir: for the health check of a container that has no other program.
func health(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	list, err := serve.FindAdmin(ctx, dir)
	if err != nil {
		return err
	}
	err = errors.New("the site is not served")
	for _, addr := range list {
		if err = ask(ctx, addr); err == nil {
			return nil
		}
	}
	return err
}

// ask asks one process, by its admin address.
func ask(ctx context.Context, addr string) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return serve.DialAdmin(ctx, addr) }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/healthz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Transport{DialContext: dial, DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it says %s", response.Status)
	}
	return nil
}

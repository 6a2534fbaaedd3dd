package host

import "sync"

// runawayThreshold is how many requests a route's regular expressions may fail
// before the log names the route.
const runawayThreshold = 10

// runaways counts, by route, the requests that failed because the route's regular
// expressions took too long.
type runaways struct {
	mu      sync.Mutex
	byRoute map[int]int
}

// noteRunaway counts a request, and logs the route once it reaches the threshold.
func (d *Deployment) noteRunaway(route int) {
	d.runaways.mu.Lock()
	d.runaways.byRoute[route]++
	often := d.runaways.byRoute[route] == runawayThreshold
	d.runaways.mu.Unlock()
	if often {
		d.log.Warn("a route's regular expression takes too long: requests it is tried on get 502",
			"route", route, "src", d.out.Config.Routes[route].Src)
	}
}

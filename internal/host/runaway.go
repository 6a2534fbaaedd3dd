package host

import "sync"

// oftenRunaway is how many requests a route's regular expressions may be too
// expensive for before the log says which route it is.
const oftenRunaway = 10

// runaways counts, by route, the requests that were given up for what the route's
// regular expressions cost.
type runaways struct {
	mu      sync.Mutex
	byRoute map[int]int
}

// noteRunaway counts a request, and says once which route it is that often costs
// too much.
func (d *Deployment) noteRunaway(route int) {
	d.runaways.mu.Lock()
	d.runaways.byRoute[route]++
	often := d.runaways.byRoute[route] == oftenRunaway
	d.runaways.mu.Unlock()
	if often {
		d.log.Warn("a route's regular expression is too expensive: what it is tried on is answered with 502",
			"route", route, "src", d.out.Config.Routes[route].Src)
	}
}

package host

import "sync/atomic"

// users counts who uses a deployment: the requests under way, and as one more the Server
// while it passes requests on to it. Requests share no lock.
type users struct {
	n    atomic.Int64
	gone chan struct{} // closed when there are none
}

func newUsers() *users {
	u := &users{gone: make(chan struct{})}
	u.n.Store(1)
	return u
}

// join adds a user. It reports whether there still was one.
func (u *users) join() bool {
	for n := u.n.Load(); n > 0; n = u.n.Load() {
		if u.n.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// leave removes a user.
func (u *users) leave() {
	if u.n.Add(-1) == 0 {
		close(u.gone)
	}
}

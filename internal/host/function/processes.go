package function

import "sync/atomic"

// Processes counts the processes of functions. The zero value has none.
type Processes struct {
	Started atomic.Int64
	Ended   atomic.Int64 // of those that have started
	Crashed atomic.Int64 // of those that have ended: by themselves
}

// watch counts a process that has started, and its end.
func (c *Processes) watch(p *process) {
	if c == nil {
		return
	}
	c.Started.Add(1)
	go func() {
		<-p.exited
		if !p.asked.Load() {
			c.Crashed.Add(1)
		}
		c.Ended.Add(1)
	}()
}

package renderer

import (
	"fmt"
	"os"
	"time"
)

// Limits are what a page may take each time that it is loaded or rendered.
type Limits struct {
	Time   time.Duration // 0 is a minute
	Memory int64         // bytes, with that of all it starts; 0 is any
}

// check reports limits that cannot be enforced here.
func (l Limits) check() error {
	if l.Memory == 0 {
		return nil
	}
	if _, err := resident(os.Getpid()); err != nil {
		return fmt.Errorf("--memory: %w", err)
	}
	return nil
}

// MoreTime tells how to fix a page that takes longer than d.
func MoreTime(d time.Duration) string {
	return fmt.Sprintf("make it faster, or give it more time: --timeout %v", 2*d)
}

// startTime is how long a process may take to start, which depends on the machine,
// too.
func (l Limits) startTime() time.Duration { return max(l.Time, 30*time.Second) }

// tick is how often a process is checked.
func (l Limits) tick() time.Duration {
	tick := min(l.Time/10, 100*time.Millisecond)
	if l.Memory > 0 {
		tick = min(tick, memoryTick)
	}
	return tick
}

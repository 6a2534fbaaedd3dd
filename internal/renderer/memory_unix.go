//go:build unix && !linux

package renderer

import (
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// memoryTick is how often memory is measured at least. It takes a process.
const memoryTick = 250 * time.Millisecond

// resident is the memory that the processes of a group have in use, in bytes.
func resident(group int) (int64, error) {
	out, err := exec.Command("ps", "-A", "-o", "pgid=", "-o", "rss=").Output()
	if err != nil {
		return 0, fmt.Errorf("ps: %w", err)
	}
	var sum int64
	for line := range strings.Lines(string(out)) {
		var of int
		var kilobytes int64
		if _, err := fmt.Sscan(line, &of, &kilobytes); err == nil && of == group {
			sum += kilobytes << 10
		}
	}
	return sum, nil
}

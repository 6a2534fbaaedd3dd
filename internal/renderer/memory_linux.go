package renderer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// memoryTick is how often memory is measured at least.
const memoryTick = 50 * time.Millisecond

// resident is the memory that a process and what it has started have in use, in
// bytes.
func resident(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		return 0, err
	}
	sum := pages * int64(os.Getpagesize())
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is right
	for _, file := range threads {
		children, _ := os.ReadFile(file) // that of a thread which has ended is gone
		for text := range strings.FieldsSeq(string(children)) {
			var child int
			if _, err := fmt.Sscan(text, &child); err == nil {
				n, _ := resident(child)
				sum += n
			}
		}
	}
	return sum, nil
}

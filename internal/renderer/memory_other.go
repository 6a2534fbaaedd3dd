//go:build !unix

package renderer

import (
	"errors"
	"runtime"
	"time"
)

const memoryTick = time.Hour

func resident(int) (int64, error) {
	return 0, errors.New("the memory of a process cannot be measured on " + runtime.GOOS)
}

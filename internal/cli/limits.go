package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jargo-dev/jargo/internal/build"
)

// addLimitFlags adds the flags of the commands that load pages.
func addLimitFlags(cmd *cobra.Command, l *build.Limits) {
	cmd.Flags().Var(&timeValue{&l.Time}, "timeout", "how long a page may take to load or to render")
	cmd.Flags().Var(&memoryValue{&l.Memory}, "memory", "how much memory a page may take, with what it starts: 512MB (default any)")
}

// timeValue is a flag that takes a duration.
type timeValue struct{ d *time.Duration }

func (v *timeValue) String() string { return "1m" }
func (v *timeValue) Type() string   { return "duration" }
func (v *timeValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return errors.New("a duration is written as 30s or 5m")
	}
	*v.d = d
	return nil
}

// memoryValue is a flag that takes a number of bytes, in MB or GB.
type memoryValue struct{ bytes *int64 }

func (v *memoryValue) String() string { return "" }
func (v *memoryValue) Type() string   { return "size" }
func (v *memoryValue) Set(s string) error {
	number, unit := s, int64(0)
	for suffix, bytes := range map[string]int64{"MB": 1e6, "GB": 1e9} {
		if before, ok := strings.CutSuffix(s, suffix); ok {
			number, unit = before, bytes
		}
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n <= 0 || unit == 0 {
		return errors.New("a size is written as 512MB or 2GB")
	}
	*v.bytes = n * unit
	return nil
}

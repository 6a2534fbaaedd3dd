// Package cron reads the schedules of crons: five fields as of crontab(5), in numbers.
package cron

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is the minutes at which something is due. The zero value is none.
type Schedule struct {
	minutes, hours, days, months, weekdays uint64 // a bit for each value
	// anyDay and anyWeekday are set where the field begins with a star: then only the
	// other field tells the days, else either does.
	anyDay, anyWeekday bool
}

// field is one of the five, with the values that it may have.
type field struct {
	name     string
	from, to int
}

var fields = [5]field{{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}}

// Parse reads a schedule: minute, hour, day of the month, month and day of the week
// (0 and 7 are Sunday), each "*" or a list of values and ranges, with steps:
//
//	*/5 0-6,12 * * 1-5
func Parse(text string) (Schedule, error) {
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		return Schedule{}, fmt.Errorf("there are %d fields, not five", len(parts))
	}
	var bits [len(fields)]uint64
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			set, err := fields[i].values(item)
			if err != nil {
				return Schedule{}, fmt.Errorf("%s %q: %w", fields[i].name, item, err)
			}
			bits[i] |= set
		}
	}
	const sunday = 1 | 1<<7
	if bits[4]&sunday != 0 {
		bits[4] |= sunday
	}
	return Schedule{bits[0], bits[1], bits[2], bits[3], bits[4], strings.HasPrefix(parts[2], "*"), strings.HasPrefix(parts[4], "*")}, nil
}

// values reads an item of a field's list: 5, 1-5, */2, 1-5/2, or 5/2, which is from 5 on.
func (f field) values(item string) (uint64, error) {
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return 0, fmt.Errorf("the step is not a number from 1")
		}
	}
	from, to := f.from, f.to
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var err error
		if from, err = strconv.Atoi(first); err != nil {
			return 0, fmt.Errorf("not a number")
		}
		switch {
		case ranged:
			if to, err = strconv.Atoi(last); err != nil {
				return 0, fmt.Errorf("not a number")
			}
		case !stepped:
			to = from
		}
	}
	if from < f.from || to > f.to {
		return 0, fmt.Errorf("not from %d to %d", f.from, f.to)
	}
	if from > to {
		return 0, fmt.Errorf("the range ends before it begins")
	}
	var set uint64
	for v := from; v <= to; v += step {
		set |= 1 << v
	}
	return set, nil
}

// Due reports whether the schedule has the minute of t, in t's location.
func (s Schedule) Due(t time.Time) bool {
	has := func(set uint64, value int) bool { return set&(1<<value) != 0 }
	day, weekday := has(s.days, t.Day()), has(s.weekdays, int(t.Weekday()))
	today := day && weekday
	if !s.anyDay && !s.anyWeekday {
		today = day || weekday
	}
	return has(s.minutes, t.Minute()) && has(s.hours, t.Hour()) && has(s.months, int(t.Month())) && today
}

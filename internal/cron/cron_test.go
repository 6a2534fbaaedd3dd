package cron

import (
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	const layout = "2006-01-02 15:04" // 2026-01-06 is a Tuesday
	for _, tt := range []struct{ schedule, due, not string }{
		{"* * * * *", "2026-01-06 11:55", ""},
		{"*/5 * * * *", "2026-01-06 11:55", "2026-01-06 11:56"},
		{"7/20 * * * *", "2026-01-06 11:47", "2026-01-06 11:40"},
		{"1-10/3 * * * *", "2026-01-06 11:10", "2026-01-06 11:13"},
		{"59 23 * * *", "2026-01-06 23:59", "2026-01-06 00:59"},
		{"0 9-17 * * 1-5", "2026-01-06 17:00", "2026-01-04 17:00"},
		{"0 0 31 * *", "2026-01-31 00:00", "2026-01-30 00:00"},
		{"0 0 * 2,4 *", "2026-04-01 00:00", "2026-03-01 00:00"},
		{"0 12 * * 0", "2026-01-04 12:00", "2026-01-05 12:00"},
		{"0 12 * * 7", "2026-01-04 12:00", "2026-01-05 12:00"},
		{"0 12 * * 5-7", "2026-01-04 12:00", "2026-01-01 12:00"},
		// Days of both kinds: either will do, unless one of them is any.
		{"0 12 6 * 1", "2026-01-06 12:00", "2026-01-07 12:00"},
		{"0 12 6 * 1", "2026-01-05 12:00", "2026-01-07 12:00"},
		{"0 12 */2 * 2", "2026-01-13 12:00", "2026-01-06 12:00"},
	} {
		s, err := Parse(tt.schedule)
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[string]bool{tt.due: true, tt.not: false} {
			if at == "" {
				continue
			}
			minute, err := time.Parse(layout, at)
			if err != nil {
				t.Fatal(err)
			}
			if s.Due(minute) != want {
				t.Errorf("%q is due at %s: %t, want %t", tt.schedule, at, !want, want)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "there are 0 fields, not five",
		"at noon":               "there are 2 fields, not five",
		"* * * * * *":           "there are 6 fields, not five",
		"60 * * * *":            `minute "60": not from 0 to 59`,
		"* 24 * * *":            `hour "24": not from 0 to 23`,
		"* * 0 * *":             `day of the month "0": not from 1 to 31`,
		"* * * 13 *":            `month "13": not from 1 to 12`,
		"* * * * 8":             `day of the week "8": not from 0 to 7`,
		"5-1 * * * *":           `minute "5-1": the range ends before it begins`,
		"*/0 * * * *":           `minute "*/0": the step is not a number from 1`,
		"*/x * * * *":           `minute "*/x": the step is not a number from 1`,
		"1,,2 * * * *":          `minute "": not a number`,
		"1- * * * *":            `minute "1-": not a number`,
		"-1 * * * *":            `minute "-1": not a number`,
		"* * * * MON":           `day of the week "MON": not a number`,
		"0-99999999999 * * * *": `minute "0-99999999999": not from 0 to 59`,
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("*/5 0-6,12 1 1-12/3 7")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err == nil && (s.minutes == 0 || s.hours == 0 || s.days == 0 || s.months == 0 || s.weekdays == 0) {
			t.Errorf("Parse(%q) succeeds and has a field without values", text)
		}
	})
}

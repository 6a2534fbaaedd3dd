package vercel

import (
	"regexp"
	"strings"

	"github.com/jargo-dev/jargo/internal/cron"
	"github.com/jargo-dev/jargo/internal/output"
)

// Limits of crons, from the vendor's schema.
const (
	maxCrons    = 100
	maxCronPath = 512
	maxSchedule = 256
)

// cron reads an item of crons.
func (r *reader) cron(c *Config) func(string, node) {
	return func(what string, n node) {
		var item output.Cron
		r.object(what, n, fields{
			"path": func(what string, n node) {
				r.text(&item.Path, maxCronPath)(what, n)
				if path, ok := n.value.(string); ok && !strings.HasPrefix(path, "/") {
					r.diags.Add(n.at, "write /"+path, "%s: %q does not begin with a slash", what, path)
				}
			},
			"schedule": func(what string, n node) {
				r.text(&item.Schedule, maxSchedule)(what, n)
				if schedule, ok := n.value.(string); ok {
					r.schedule(what, n, schedule)
				}
			},
		}, "path", "schedule")
		c.Crons = append(c.Crons, item)
	}
}

var cronField = regexp.MustCompile(`^[0-9*/,-]+$`)

// schedule reports what the platform does not take: it has numbers only, and a
// day of the month or of the week but not both.
func (r *reader) schedule(what string, n node, schedule string) {
	const fix = `a schedule is as "*/5 * * * *": minute, hour, day of the month, month and day of the week (0 is Sunday), in UTC`
	times := strings.Fields(schedule)
	if len(times) != 5 {
		r.diags.Add(n.at, fix, "%s: %q has not five fields", what, schedule)
		return
	}
	for _, field := range times {
		if !cronField.MatchString(field) {
			r.diags.Add(n.at, fix, "%s: %q has the field %q: the platform takes numbers, *, /, - and commas", what, schedule, field)
			return
		}
	}
	if _, err := cron.Parse(schedule); err != nil {
		r.diags.Add(n.at, fix, "%s: %q is no schedule: %v", what, schedule, err)
	} else if times[2] != "*" && times[4] != "*" {
		r.diags.Add(n.at, "write * for one of the two", "%s: %q has both a day of the month and one of the week, which the platform does not take", what, schedule)
	}
}

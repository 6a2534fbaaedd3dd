package supervisor

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
)

// relay has the records that a program writes as JSON handled here.
func (s *Supervisor) relay(from *os.File) {
	if from == nil {
		return
	}
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if record, by, ok := parseRecord(line); ok {
			to := s.Relay
			if by != nil {
				to = to.WithAttrs(by)
			}
			_ = to.Handle(context.Background(), record) // there is no other log
		} else if line != "" {
			io.WriteString(s.Stderr, line)
		}
		if err != nil {
			return
		}
	}
}

// parseRecord reads a record that slog's JSONHandler has written, or one like it. One that
// a function has written begins with its name, which is by.
func parseRecord(line string) (r slog.Record, by []slog.Attr, ok bool) {
	d := json.NewDecoder(strings.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return r, nil, false
	}
	for d.More() {
		key, err := d.Token()
		var value any
		if err != nil || d.Decode(&value) != nil {
			return r, nil, false
		}
		text, _ := value.(string)
		switch name := key.(string); name {
		case slog.TimeKey:
			r.Time, _ = time.Parse(time.RFC3339Nano, text)
		case slog.LevelKey:
			_ = r.Level.UnmarshalText([]byte(text)) // INFO, if it is none
		case slog.MessageKey:
			r.Message = text
		default:
			if name == "function" && r.NumAttrs() == 0 && by == nil {
				by = []slog.Attr{slog.Any(name, value)}
				continue
			}
			number, isNumber := value.(float64)
			if isNumber && (name == "duration" || name == "start") {
				r.AddAttrs(slog.Duration(name, time.Duration(number)))
			} else if isNumber && number == float64(int64(number)) {
				r.AddAttrs(slog.Int64(name, int64(number)))
			} else {
				r.AddAttrs(slog.Any(name, value))
			}
		}
	}
	t, err := d.Token()
	return r, by, err == nil && t == json.Delim('}')
}

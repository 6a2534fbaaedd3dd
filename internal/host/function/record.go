package function

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// newRecord returns the record of what a function has logged at once: a line of JSON
// with its own fields, a stack, or else a text.
func newRecord(text string, from origin, now time.Time) slog.Record {
	level := protocolLevels[from.level]
	r, ok := recordOfJSON(text, level, now)
	if !ok {
		message, stack := text, ""
		if strings.Contains(text, "\n") && (from.level == "" || level >= slog.LevelError) {
			message, stack = splitStack(text)
			level = slog.LevelError
		}
		r = slog.NewRecord(now, level, message, 0)
		if stack != "" {
			r.AddAttrs(slog.String("stack", stack))
		}
		if from.stream != "" {
			r.AddAttrs(slog.String("stream", from.stream))
		}
	}
	if from.request != "" {
		r.AddAttrs(slog.String("id", from.request))
	}
	return r
}

// protocolLevels are those of IPC messages; streams are at INFO.
var protocolLevels = map[string]slog.Level{
	"trace": slog.LevelDebug - 4, "debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError, "fatal": slog.LevelError + 4,
}

// The names that loggers give to what every record has.
var (
	messageKeys = []string{"msg", "message"}
	levelKeys   = []string{"level", "severity", "levelname"}
	timeKeys    = []string{"time", "timestamp"}
)

// ownKeys are the names that the host gives to fields of a record itself. A
// function's own field of that name gets the prefix linePrefix.
var ownKeys = []string{slog.MessageKey, slog.LevelKey, slog.TimeKey, slog.SourceKey, "function", "id"}

const linePrefix = "line."

// recordOfJSON reads an object with a message or a level, as structured loggers write
// it.
func recordOfJSON(text string, level slog.Level, now time.Time) (r slog.Record, ok bool) {
	fields, ok := objectOf(text)
	if !ok {
		return r, false
	}
	take := func(keys []string, is func(value any) bool) bool {
		i := slices.IndexFunc(fields, func(f field) bool { return slices.Contains(keys, f.key) && is(f.value) })
		if i >= 0 {
			fields = slices.Delete(fields, i, i+1)
		}
		return i >= 0
	}
	var message string
	hasMessage := take(messageKeys, func(v any) (ok bool) { message, ok = v.(string); return ok })
	hasLevel := take(levelKeys, func(v any) (ok bool) { level, ok = levelOf(v, level); return ok })
	if !hasMessage && !hasLevel {
		return r, false
	}
	at := now
	take(timeKeys, func(v any) (ok bool) { at, ok = timeOf(v, at); return ok })
	r = slog.NewRecord(at, level, message, 0)
	for _, f := range fields {
		if slices.Contains(ownKeys, f.key) {
			f.key = linePrefix + f.key
		}
		r.AddAttrs(slog.Any(f.key, f.value))
	}
	return r, true
}

// field is a member of an object of JSON.
type field struct {
	key   string
	value any // string, bool, int64, float64, nested or nil
}

// nested is an object or an array, which a record has as it is.
type nested []byte

// MarshalJSON implements json.Marshaler.
func (n nested) MarshalJSON() ([]byte, error) { return n, nil }

// MarshalText implements encoding.TextMarshaler, for logs that are no JSON.
func (n nested) MarshalText() ([]byte, error) { return n, nil }

// objectOf returns the members of an object of JSON, in their order.
func objectOf(text string) (fields []field, ok bool) {
	if text == "" || text[0] != '{' || !json.Valid([]byte(text)) {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil { // the brace
		return nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		var raw json.RawMessage
		if err != nil || dec.Decode(&raw) != nil {
			return nil, false
		}
		fields = append(fields, field{key.(string), valueOf(raw)})
	}
	return fields, true
}

func valueOf(raw json.RawMessage) any {
	if raw[0] == '{' || raw[0] == '[' {
		return nested(bytes.Clone(raw))
	}
	var n int64
	if json.Unmarshal(raw, &n) == nil && string(raw) != "null" {
		return n
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw) // a number out of range
	}
	return v
}

// levelNames are those that slog does not know itself: of Python, pino and the clouds.
var levelNames = map[string]slog.Level{
	"TRACE": slog.LevelDebug - 4, "NOTICE": slog.LevelInfo + 2, "WARNING": slog.LevelWarn,
	"FATAL": slog.LevelError + 4, "CRITICAL": slog.LevelError + 4, "ALERT": slog.LevelError + 4, "EMERGENCY": slog.LevelError + 4, "PANIC": slog.LevelError + 4,
}

// levelOf reads a level: a name, or a number of pino, whose INFO is 30. Where it is
// none the level is as before.
func levelOf(v any, before slog.Level) (slog.Level, bool) {
	switch v := v.(type) {
	case string:
		if level, ok := levelNames[strings.ToUpper(v)]; ok {
			return level, true
		}
		level := before
		if level.UnmarshalText([]byte(v)) == nil {
			return level, true
		}
	case int64:
		if 0 < v && v <= 100 {
			return slog.Level((v - 30) * 4 / 10), true
		}
	}
	return before, false
}

// timeOf reads a time: as RFC 3339 has it, or in seconds or milliseconds since 1970.
func timeOf(v any, before time.Time) (time.Time, bool) {
	const milliseconds = 1e11 // as seconds, this would be the year 5138
	switch v := v.(type) {
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return t, true
		}
	case int64:
		if v >= milliseconds {
			return time.UnixMilli(v), true
		}
		return time.Unix(v, 0), true
	case float64:
		if v > 0 && v < milliseconds {
			return time.UnixMicro(int64(v * 1e6)), true
		}
	}
	return before, false
}

package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"log/slog"
	"os"
)

// log sends a text of the engine's own log: an error, with its stack.
func (h *hostConn) log(ctx context.Context, text string) { h.sendLog(ctx, "error", []byte(text+"\n")) }

// maxLog bounds the text of a message, in bytes. The host hears no message that is much
// longer, and a page may log what a visitor has sent.
const maxLog = 1 << 20

// sendLog sends one record of the request that ctx is of, if it is of one.
func (h *hostConn) sendLog(ctx context.Context, level string, text []byte) {
	if len(text) > maxLog {
		text = text[:maxLog]
	}
	h.mu.Lock()
	started := h.started
	h.mu.Unlock()
	if !started {
		os.Stderr.Write(text)
		return
	}
	inv, ok := ctx.Value(invocationKey{}).(invocation)
	if !ok {
		inv.InvocationID = "0"
	}
	h.send("log", logPayload{inv, base64.StdEncoding.EncodeToString(text), level})
}

// logSink takes records for the host.
type logSink interface {
	// sendLog takes the line of one record of the request that ctx is of, if it is of one,
	// at a level of the protocol.
	sendLog(ctx context.Context, level string, text []byte)
}

// logTo makes slog's default logger, and with it package log, send records
// to the host, with their fields and their request. What the site's packages
// have set themselves stays.
func logTo(host logSink) {
	initial := slog.Default().Handler()
	if fmt.Sprintf("%T", initial) != "*slog.defaultHandler" {
		return
	}
	w, flags := log.Writer(), log.Flags()
	slog.SetDefault(slog.New(&logHandler{host: host, initial: initial}))
	if w != os.Stderr || flags != log.LstdFlags {
		log.SetOutput(w)
		log.SetFlags(flags)
	}
}

// logHandler sends records to the host as lines of JSON.
type logHandler struct {
	host    logSink
	initial slog.Handler                      // slog's own
	derived []func(slog.Handler) slog.Handler // the attributes and groups of the logger
}

// Enabled implements slog.Handler. slog.SetLogLoggerLevel sets the level.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.initial.Enabled(ctx, level)
}

// Handle implements slog.Handler. It holds no lock meanwhile, for the record's
// values may log, too.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	var line bytes.Buffer
	var json slog.Handler = slog.NewJSONHandler(&line, nil)
	for _, derive := range h.derived {
		json = derive(json)
	}
	if err := json.Handle(ctx, r); err != nil {
		return err
	}
	h.host.sendLog(ctx, levelName(r.Level), line.Bytes())
	return nil
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return h.with(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h *logHandler) with(derive func(slog.Handler) slog.Handler) slog.Handler {
	other := *h
	other.derived = append(h.derived[:len(h.derived):len(h.derived)], derive)
	return &other
}

// levelName is the protocol's name of a level.
func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelDebug:
		return "trace"
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warn"
	}
	return "error"
}

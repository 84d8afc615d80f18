// Package log writes structured lines, which are kept with the execution that wrote them.
//
//	log.Info("order placed", "order", id, "cents", 1250)
package log

import (
	"fmt"
	"os"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_log"
	"github.com/flux-run/flux/sdks/go/internal/pairs"
	"github.com/flux-run/flux/sdks/go/internal/text"
	host "github.com/flux-run/flux/sdks/go/internal/wit"
)

// Level is how much a line matters.
type Level uint8

// The levels.
const (
	// LevelTrace is every step.
	LevelTrace Level = iota
	// LevelDebug is what a developer wants to see.
	LevelDebug
	// LevelInfo is what an operator wants to see.
	LevelInfo
	// LevelWarn is something that should be looked at.
	LevelWarn
	// LevelError is something that went wrong.
	LevelError
)

// Field is a named value of a line.
type Field struct{ Name, Value string }

// Write writes a line with fields; what is no UTF-8 in them is replaced. Outside of Flux, as in a test, it
// goes to stderr.
func Write(level Level, message string, fields ...Field) {
	if !host.Hosted {
		fmt.Fprintln(os.Stderr, message, fields)
		return
	}
	valid := make([]Field, len(fields))
	for i, field := range fields {
		valid[i] = Field{text.Lossy(field.Name), text.Lossy(field.Value)}
	}
	wit.Write(uint8(level), text.Lossy(message), pairs.Lower(valid))
}

// Trace writes a line of level trace; see [Info].
func Trace(message string, pairs ...any) { Write(LevelTrace, message, fields(pairs)...) }

// Debug writes a line of level debug; see [Info].
func Debug(message string, pairs ...any) { Write(LevelDebug, message, fields(pairs)...) }

// Info writes a line of level info. What follows the message are names and values in turn, as in log/slog;
// values are written as [fmt.Sprint] writes them.
func Info(message string, pairs ...any) { Write(LevelInfo, message, fields(pairs)...) }

// Warn writes a line of level warn; see [Info].
func Warn(message string, pairs ...any) { Write(LevelWarn, message, fields(pairs)...) }

// Error writes a line of level error; see [Info].
func Error(message string, pairs ...any) { Write(LevelError, message, fields(pairs)...) }

// A value without a name gets the one that log/slog gives it.
func fields(pairs []any) []Field {
	var fields []Field
	for len(pairs) > 0 {
		name, named := pairs[0].(string)
		if !named || len(pairs) == 1 {
			fields, pairs = append(fields, Field{"!BADKEY", fmt.Sprint(pairs[0])}), pairs[1:]
			continue
		}
		fields, pairs = append(fields, Field{name, fmt.Sprint(pairs[1])}), pairs[2:]
	}
	return fields
}

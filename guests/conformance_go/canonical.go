package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/db"
	"github.com/flux-run/flux/sdks/go/fetch"
	"github.com/flux-run/flux/sdks/go/kv"
	"github.com/flux-run/flux/sdks/go/queue"
)

// The canonical text: one spelling for every value, in which no language's own formatting shows.

// What is longer is written as its length and its hash.
const longest = 256

// Report has the answers of one path, a line each.
type Report struct{ lines strings.Builder }

// line adds what a call answered when it was asked for the subject.
func (r *Report) line(call, subject string, answer any) {
	fmt.Fprintf(&r.lines, "%s %s = %s\n", call, canonical(subject), canonical(answer))
}

// respond is the response that has all lines.
func (r *Report) respond() *flux.Response { return flux.Text(200, r.lines.String()) }

// Answers that are no values. Nil is SQL's NULL.
type (
	done   struct{}
	absent struct{}
)

// either is what a call returned, or why it failed.
func either[T any](value T, err error) any {
	if err != nil {
		return err
	}
	return value
}

// ended is as either, of a call that returns nothing.
func ended(err error) any { return either(done{}, err) }

// maybe is a value, if it is there.
func maybe[T any](value T, there bool) any {
	if !there {
		return absent{}
	}
	return value
}

// canonical is the text of a value, without a line's end.
func canonical(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case done:
		return "ok"
	case absent:
		return "none"
	case bool:
		return strconv.FormatBool(value)
	case int64:
		return strconv.FormatInt(value, 10)
	case uint64:
		return strconv.FormatUint(value, 10)
	case float64:
		return real(value)
	case string:
		return quoted([]byte(value))
	case []byte:
		return "b" + quoted(value)
	case *string:
		return pointed(value)
	case []string:
		return list(value)
	case []any:
		return list(value)
	case []flux.Header:
		return list(value)
	case flux.Headers:
		return list(value)
	case flux.Header:
		return canonical(value.Name) + ": " + canonical(value.Value)
	case error:
		return failed(value)
	default:
		return answered(value)
	}
}

// answered is the text of what the host answers in records.
func answered(value any) string {
	switch value := value.(type) {
	case kv.Entry:
		return canonical(value.Value) + " version " + canonical(value.Version)
	case kv.Page:
		return canonical(value.Keys) + " next " + canonical(value.Next)
	case *db.Rows:
		return canonical(value.Columns) + " " + list(value.Rows)
	case *fetch.Response:
		return fmt.Sprintf("%d %s %s", value.Status, list(value.Headers), canonical(value.Body))
	case []fetch.Result:
		return list(value)
	case fetch.Result:
		return canonical(either(value.Response, value.Err))
	}
	panic(fmt.Sprintf("%T has no canonical text", value))
}

// failed is the text of an error: its case, what it carries, and the sentence that the SDK makes of it.
func failed(err error) string {
	switch err := err.(type) {
	case *kv.Error:
		return carrying(err, string(err.Code), carried(err.Code != kv.TooLarge, err.Reason))
	case *queue.Error:
		return carrying(err, string(err.Code), carried(err.Code != queue.TooLarge, err.Reason))
	case *fetch.Error:
		carries := err.Code != fetch.Timeout && err.Code != fetch.TooLarge
		return carrying(err, string(err.Code), carried(carries, err.Reason))
	case *db.Error:
		words := carried(err.Code != db.Timeout, err.Message)
		if err.Code == db.Invalid || err.Code == db.Constraint || err.Code == db.Conflict {
			words += " " + pointed(err.Detail)
		}
		return carrying(err, string(err.Code), words)
	}
	panic(fmt.Sprintf("%T has no canonical text: %v", err, err))
}

func carried(carries bool, text string) string {
	if !carries {
		return ""
	}
	return " " + canonical(text)
}

func carrying(err error, code, words string) string {
	return "error " + code + words + ": " + canonical(err.Error())
}

func pointed(text *string) string {
	if text == nil {
		return canonical(absent{})
	}
	return canonical(*text)
}

func list[T any](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = canonical(value)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// real has the bits: every NaN is one.
func real(number float64) string {
	bits := math.Float64bits(number)
	if math.IsNaN(number) {
		bits = 0x7ff8 << 48
	}
	return fmt.Sprintf("real:%016x", bits)
}

// quoted: printable ASCII stands for itself; quote, backslash and every other byte are `\x` and two digits.
func quoted(bytes []byte) string {
	if len(bytes) > longest {
		hash := fnv.New32a()
		hash.Write(bytes)
		return fmt.Sprintf("<%d bytes %08x>", len(bytes), hash.Sum32())
	}
	var spelt strings.Builder
	for _, c := range bytes {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&spelt, `\x%02x`, c)
		} else {
			spelt.WriteByte(c)
		}
	}
	return `"` + spelt.String() + `"`
}

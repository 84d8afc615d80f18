// Package json writes JSON as every Flux SDK does, so that the same value has the same bytes in a
// journal: what need not be escaped is not.
package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Marshal writes a value as JSON.
func Marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return separators(bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))), nil
}

// separators undoes what encoding/json does for scripts of old browsers: it escapes U+2028 and U+2029.
func separators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		switch {
		case bytes.HasPrefix(text, []byte(`\u2028`)):
			plain, text = append(plain, "\u2028"...), text[6:]
		case bytes.HasPrefix(text, []byte(`\u2029`)):
			plain, text = append(plain, "\u2029"...), text[6:]
		case text[0] == '\\':
			// Two at once: an escaped backslash begins no escape.
			plain, text = append(plain, text[:2]...), text[2:]
		default:
			plain, text = append(plain, text[0]), text[1:]
		}
	}
	return plain
}

// Unmarshal reads a value from JSON, which is UTF-8.
func Unmarshal(text []byte, into any) error {
	if !utf8.Valid(text) {
		return errors.New("the JSON is not UTF-8")
	}
	return json.Unmarshal(text, into)
}

// Mismatch is the error of helpers that call the host and speak JSON: the JSON was the problem.
func Mismatch(err error) error {
	return fmt.Errorf("the value and its JSON do not match: %w", err)
}

// CallFailed is the error of such helpers if the call was the problem.
func CallFailed(err error) error { return fmt.Errorf("the call failed: %w", err) }

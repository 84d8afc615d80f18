// Package text makes UTF-8 of any bytes, as every Flux SDK does.
package text

import (
	"strings"
	"unicode/utf8"
)

// Lossy replaces what is no UTF-8: a character that breaks off by one replacement, where
// [strings.ToValidUTF8] has one for all that stand together.
func Lossy(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var valid strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			size = begun(text)
		}
		valid.WriteRune(r)
		text = text[size:]
	}
	return valid.String()
}

// begun is how long the character is that breaks off where the text begins.
func begun(text string) int {
	for length := min(utf8.UTFMax-1, len(text)); length > 1; length-- {
		if !utf8.FullRuneInString(text[:length]) {
			return length
		}
	}
	return 1
}

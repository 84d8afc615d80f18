package flux

import (
	"strings"

	"github.com/flux-run/flux/sdks/go/internal/text"
)

// query reads the pairs of a query string in their order, decoded. A name without `=` has an empty
// value.
func query(raw string) []Header {
	var pairs []Header
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, Header{unescape(name, true), unescape(value, true)})
	}
	return pairs
}

// unescape decodes `%20`, and in a query `+` too. What is no escape stays as it is, what is no UTF-8 is
// replaced: net/url would refuse the first, and keep the second.
func unescape(raw string, plus bool) string {
	var plain strings.Builder
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '+' && plus:
			plain.WriteByte(' ')
		case raw[i] == '%' && i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
			plain.WriteByte(hex(raw[i+1])<<4 | hex(raw[i+2]))
			i += 2
		default:
			plain.WriteByte(raw[i])
		}
	}
	return text.Lossy(plain.String())
}

func isHex(digit byte) bool {
	return '0' <= digit && digit <= '9' || 'a' <= digit|0x20 && digit|0x20 <= 'f'
}

func hex(digit byte) byte {
	if digit <= '9' {
		return digit - '0'
	}
	return digit | 0x20 - 'a' + 10
}

package flux

import "strings"

// query reads the pairs of a query string in their order, decoded. A name without `=` has an empty
// value.
func query(text string) []Header {
	var pairs []Header
	for pair := range strings.SplitSeq(text, "&") {
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
func unescape(text string, plus bool) string {
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '+' && plus:
			plain.WriteByte(' ')
		case text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			plain.WriteByte(hex(text[i+1])<<4 | hex(text[i+2]))
			i += 2
		default:
			plain.WriteByte(text[i])
		}
	}
	return strings.ToValidUTF8(plain.String(), "\ufffd")
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

package main

import "strings"

// The values at the edges, which several interfaces are given.

const (
	// Text that is not ASCII: two, three and four bytes a character in UTF-8, and a NUL.
	edgeText = "é€🦀\x00."
	// The first integer that a double cannot hold: 2^53 + 1.
	beyondDouble = 9_007_199_254_740_993
)

// Bytes that are no UTF-8.
var edgeBytes = []byte{0xff, 0xfe, 0x00, 0x80, 0xc3}

// largeBytes are 1 MiB in which every value occurs.
func largeBytes() []byte {
	bytes := make([]byte, 1<<20)
	for i := range bytes {
		bytes[i] = byte(i ^ i>>8)
	}
	return bytes
}

// largeText is 1 MiB of text in UTF-8, two bytes a character.
func largeText() string { return strings.Repeat("é", 1<<19) }

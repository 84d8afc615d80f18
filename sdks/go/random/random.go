// Package random is randomness from the host. Its seed is recorded, so a replay draws the same numbers.
package random

import (
	"encoding/binary"
	"encoding/hex"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_random"
)

// What the host gives in one call.
const limit = 65_536

// Bytes returns random bytes. More than 65,536 take more than one call.
func Bytes(length int) []byte {
	var bytes []byte
	for len(bytes) < length {
		wanted := min(length-len(bytes), limit)
		bytes = append(bytes, wit.Bytes(uint32(wanted))...)
	}
	return bytes
}

// Uint64 is a random number.
func Uint64() uint64 { return binary.BigEndian.Uint64(wit.Bytes(8)) }

// UUIDv4 is a random UUID (version 4) in lower case, from one call for 16 bytes.
func UUIDv4() string { return uuid([16]byte(wit.Bytes(16))) }

// Source is a source for the generators of math/rand/v2: `rand.New(random.Source{})`. The functions of that
// package itself have a seed of their own, which is made while the guest is built.
type Source struct{}

// Uint64 is a random number.
func (Source) Uint64() uint64 { return Uint64() }

func uuid(random [16]byte) string {
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	text := hex.EncodeToString(random[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

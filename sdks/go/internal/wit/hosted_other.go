//go:build !wasip1

package wit

// Hosted tells whether there is a host to call.
const Hosted = false

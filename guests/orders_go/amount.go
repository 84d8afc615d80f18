//go:build !changed

package main

// Validation keeps both numbers so small that their product is exact.
func amountCents(price, quantity int64) int64 { return price * quantity }

//go:build fails

package main

func init() { panic("it cannot start") }

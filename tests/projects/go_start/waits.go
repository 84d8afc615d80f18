//go:build waits

package main

import "time"

func init() { time.Sleep(time.Second) }

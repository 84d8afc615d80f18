//go:build random

package main

import "crypto/rand"

var token = rand.Text()

// The sample application of every Flux SDK: a small shop.
//
// `POST /orders` validates an order, reads its price, charges it, stores it and queues its receipt.
// `GET /orders/{id}` and `GET /orders?limit&cursor` read orders, `PUT /prices/{sku}` sets a price. The
// job handler of queue `receipts` marks an order as mailed.
//
// Every language gives the same bytes and makes the same calls in the same order, so texts are fixed ones
// and never a library's.
package main

import (
	"github.com/flux-run/flux/sdks/go/http"
	"github.com/flux-run/flux/sdks/go/jobs"
)

func init() {
	http.Handle("POST /orders", place)
	http.Handle("GET /orders", list)
	http.Handle("GET /orders/{id}", one)
	http.Handle("PUT /prices/{sku}", putPrice)
	jobs.Handle("receipts", mail)
}

// The host calls the handlers; main is never run.
func main() {}

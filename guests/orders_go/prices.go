package main

import (
	"fmt"
	"strconv"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/kv"
	"github.com/flux-run/flux/sdks/go/log"
)

// Prices: bucket `prices` holds cents as decimal text, by SKU.

func getPrice(sku string) (int64, error) {
	prices, err := kv.Open("prices")
	if err != nil {
		return 0, err
	}
	entry, found, err := prices.Get(sku)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, flux.NotFound(fmt.Sprintf("there is no price for %s", sku))
	}
	return strconv.ParseInt(string(entry.Value), 10, 64)
}

func putPrice(request *flux.Request) (*flux.Response, error) {
	sku, _ := request.Param("sku")
	cents, err := validPrice(sku, request)
	if err != nil {
		return nil, err
	}
	prices, err := kv.Open("prices")
	if err != nil {
		return nil, err
	}
	if err := prices.Set(sku, strconv.AppendInt(nil, cents, 10)); err != nil {
		return nil, err
	}
	log.Info("price set", "sku", sku, "cents", cents)
	return flux.Status(204), nil
}

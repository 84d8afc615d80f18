package main

import (
	"errors"
	"fmt"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/config"
	"github.com/flux-run/flux/sdks/go/fetch"
	"github.com/flux-run/flux/sdks/go/log"
)

// charge is what the payment service is told, in the order it is written.
type charge struct {
	Order       string `json:"order"`
	SKU         string `json:"sku"`
	Quantity    int64  `json:"quantity"`
	AmountCents int64  `json:"amount_cents"`
	Email       string `json:"email"`
}

func pay(order *order) error {
	request, err := chargeRequest(order)
	if err != nil {
		return err
	}
	response, err := request.Send()
	if failed, ok := errors.AsType[*fetch.Error](err); ok {
		log.Warn("charge failed", "order", order.ID, "error", failed.Code)
		return flux.BadGateway(fmt.Sprintf("the payment service did not answer: %s", failed.Code))
	}
	if response.IsSuccess() {
		return nil
	}
	log.Warn("charge refused", "order", order.ID, "status", response.Status)
	return flux.BadGateway(fmt.Sprintf("the payment service answered %d", response.Status))
}

func chargeRequest(order *order) (*fetch.Request, error) {
	url, err := config.Require("payments_url")
	if err != nil {
		return nil, err
	}
	request := fetch.Post(url + "/charge")
	err = request.SetJSON(charge{order.ID, order.SKU, order.Quantity, order.AmountCents, order.Email})
	if err != nil {
		return nil, err
	}
	if key, set := config.Secret("payments_key"); set {
		request.WithHeader("authorization", "Bearer "+key)
	}
	return request, nil
}

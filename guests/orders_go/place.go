package main

import (
	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/clock"
	"github.com/flux-run/flux/sdks/go/log"
	"github.com/flux-run/flux/sdks/go/random"
)

func place(request *flux.Request) (*flux.Response, error) {
	wanted, err := validOrder(request)
	if err != nil {
		return nil, err
	}
	price, err := getPrice(wanted.sku)
	if err != nil {
		return nil, err
	}
	order := priceOrder(wanted, price)
	if err := pay(order); err != nil {
		return nil, err
	}
	order.CreatedAt = clock.Format(clock.Now())
	if err := insert(order); err != nil {
		return nil, err
	}
	if err := sendReceipt(order.ID); err != nil {
		return nil, err
	}
	log.Info("order placed", "order", order.ID, "sku", order.SKU, "cents", order.AmountCents)
	return flux.JSON(201, order)
}

// priceOrder is the order as it will be stored, but for its time: an order is created when it was paid.
func priceOrder(wanted newOrder, price int64) *order {
	return &order{
		ID:          random.UUIDv4(),
		SKU:         wanted.sku,
		Quantity:    wanted.quantity,
		Email:       wanted.email,
		AmountCents: amountCents(price, wanted.quantity),
		Status:      "placed",
	}
}

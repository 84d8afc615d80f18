package main

import (
	"fmt"
	"strings"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/log"
	"github.com/flux-run/flux/sdks/go/queue"
)

// receipt is a job of queue `receipts`: there is one for every order. A pointer, because a payload
// without an order is not one with an empty order.
type receipt struct {
	Order *string `json:"order"`
}

func sendReceipt(order string) error {
	_, err := queue.SendJSON("receipts", receipt{&order})
	return err
}

func mail(job *flux.Job) error {
	var receipt receipt
	if err := job.JSON(&receipt); err != nil || receipt.Order == nil {
		return flux.Discard("the payload must name an order")
	}
	main, err := open()
	if err != nil {
		return err
	}
	order, found, err := orderByID(main, *receipt.Order)
	if err != nil {
		return err
	}
	if !found {
		return flux.Discard(fmt.Sprintf("there is no order %s", *receipt.Order))
	}
	if job.Attempt == 1 && strings.HasPrefix(order.Email, "flaky") {
		log.Warn("receipt postponed", "order", order.ID, "attempt", job.Attempt)
		return flux.Retry("the mail server asks to try again")
	}
	if err := markMailed(main, order.ID); err != nil {
		return err
	}
	log.Info("receipt mailed", "order", order.ID, "attempt", job.Attempt)
	return nil
}

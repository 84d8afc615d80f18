package main

import (
	"fmt"

	flux "github.com/flux-run/flux/sdks/go"
)

// page of orders; next is the cursor of the one that follows, null after the last.
type page struct {
	Orders []order `json:"orders"`
	Next   *string `json:"next"`
}

func one(request *flux.Request) (*flux.Response, error) {
	id, _ := request.Param("id")
	main, err := open()
	if err != nil {
		return nil, err
	}
	order, found, err := orderByID(main, id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, flux.NotFound(fmt.Sprintf("there is no order %s", id))
	}
	return flux.JSON(200, order)
}

func list(request *flux.Request) (*flux.Response, error) {
	limit, err := validLimit(request)
	if err != nil {
		return nil, err
	}
	cursor, _ := request.Query("cursor")
	main, err := open()
	if err != nil {
		return nil, err
	}
	// One more than is shown tells whether there is another page.
	orders, err := ordersAfter(main, cursor, limit+1)
	if err != nil {
		return nil, err
	}
	page := page{Orders: orders}
	if len(orders) > limit {
		page.Orders = orders[:limit]
		page.Next = &orders[limit-1].ID
	}
	return flux.JSON(200, page)
}

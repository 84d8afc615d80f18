package main

import (
	"math"
	"strconv"
	"strings"

	flux "github.com/flux-run/flux/sdks/go"
)

// What is accepted. All faults of an order are told at once, in the order of its fields.

const (
	// The highest price, a million: with the highest quantity it still is an exact number in JSON.
	maxCents     = 100_000_000
	maxQuantity  = 1000
	maxLimit     = 100
	defaultLimit = 20

	skuFault      = "sku must be 1 to 64 letters, digits, hyphens or underscores"
	quantityFault = "quantity must be an integer from 1 to 1000"
	emailFault    = "email must be an address"
	centsFault    = "cents must be an integer from 0 to 100000000"
	limitFault    = "limit must be an integer from 1 to 100"
)

// newOrder is an order as it was asked for.
type newOrder struct {
	sku      string
	quantity int64
	email    string
}

func validOrder(request *flux.Request) (newOrder, error) {
	body, err := object(request)
	if err != nil {
		return newOrder{}, err
	}
	sku, _ := body["sku"].(string)
	quantity, isInteger := integer(body, "quantity", 1, maxQuantity)
	email, _ := body["email"].(string)
	var faults []string
	for _, check := range []struct {
		valid bool
		fault string
	}{{isSKU(sku), skuFault}, {isInteger, quantityFault}, {isEmail(email), emailFault}} {
		if !check.valid {
			faults = append(faults, check.fault)
		}
	}
	if len(faults) > 0 {
		return newOrder{}, flux.Unprocessable(strings.Join(faults, "; "))
	}
	return newOrder{sku, quantity, email}, nil
}

func validPrice(sku string, request *flux.Request) (int64, error) {
	if !isSKU(sku) {
		return 0, flux.Unprocessable(skuFault)
	}
	body, err := object(request)
	if err != nil {
		return 0, err
	}
	cents, valid := integer(body, "cents", 0, maxCents)
	if !valid {
		return 0, flux.Unprocessable(centsFault)
	}
	return cents, nil
}

// validLimit is the size of a page; 20 if none is asked for.
func validLimit(request *flux.Request) (int, error) {
	text, given := request.Query("limit")
	if !given {
		return defaultLimit, nil
	}
	limit, err := strconv.ParseUint(text, 10, 32)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, flux.Unprocessable(limitFault)
	}
	return int(limit), nil
}

func object(request *flux.Request) (map[string]any, error) {
	var body map[string]any
	// JSON's null is a nil map, and no object.
	if err := flux.Unmarshal(request.Body, &body); err != nil || body == nil {
		return nil, flux.BadRequest("the body must be a JSON object")
	}
	return body, nil
}

// integer: 2.0 is one too, since in some languages a JSON number does not tell them apart.
func integer(body map[string]any, name string, low, high float64) (int64, bool) {
	number, ok := body[name].(float64)
	if !ok || number != math.Trunc(number) || number < low || number > high {
		return 0, false
	}
	return int64(number), true
}

// isSKU takes ASCII only, so that its length is the same in every language.
func isSKU(text string) bool {
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return 1 <= len(text) && len(text) <= 64
}

func isEmail(text string) bool {
	name, host, _ := strings.Cut(text, "@")
	return name != "" && host != "" && !strings.Contains(host, "@") && !strings.ContainsAny(text, " \t\r\n")
}

package main

import "github.com/flux-run/flux/sdks/go/db"

// order is a row of table `orders`, in the order its fields are written.
type order struct {
	ID          string `db:"id" json:"id"`
	SKU         string `db:"sku" json:"sku"`
	Quantity    int64  `db:"quantity" json:"quantity"`
	Email       string `db:"email" json:"email"`
	AmountCents int64  `db:"amount_cents" json:"amount_cents"`
	Status      string `db:"status" json:"status"`
	CreatedAt   string `db:"created_at" json:"created_at"`
}

const (
	insertOrder = "INSERT INTO orders " +
		"(id, sku, quantity, email, amount_cents, status, created_at) " +
		"VALUES ($1, $2, $3, $4, $5, $6, $7)"
	selectByID = "SELECT id, sku, quantity, email, amount_cents, status, created_at " +
		"FROM orders WHERE id = $1"
	selectAfter = "SELECT id, sku, quantity, email, amount_cents, status, created_at " +
		"FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
	updateMailed = "UPDATE orders SET status = 'mailed' WHERE id = $1"
)

func open() (*db.Connection, error) { return db.Open("main") }

func insert(o *order) error {
	main, err := open()
	if err != nil {
		return err
	}
	return main.Transact(func(tx *db.Transaction) error {
		_, err := tx.Execute(insertOrder,
			o.ID, o.SKU, o.Quantity, o.Email, o.AmountCents, o.Status, o.CreatedAt)
		return err
	})
}

func orderByID(main *db.Connection, id string) (order, bool, error) {
	rows, err := main.Query(selectByID, id)
	if err != nil {
		return order{}, false, err
	}
	return db.DecodeFirst[order](rows)
}

// ordersAfter returns at most limit orders whose ids come after the cursor.
func ordersAfter(main *db.Connection, cursor string, limit int) ([]order, error) {
	rows, err := main.Query(selectAfter, cursor, limit)
	if err != nil {
		return nil, err
	}
	return db.Decode[order](rows)
}

func markMailed(main *db.Connection, id string) error {
	_, err := main.Execute(updateMailed, id)
	return err
}

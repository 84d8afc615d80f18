// Package db has SQL databases, opened by the label they have in flux.toml.
//
//	main, err := db.Open("main")
//	...
//	rows, err := main.Query("SELECT id, name FROM users WHERE id = $1", id)
//	...
//	user, found, err := db.DecodeFirst[User](rows)
//
// Parameters are written $1, $2, … in a statement: both SQLite and Postgres take them. What a parameter may
// be stands at [Connection.Query].
package db

import (
	"errors"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_db"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// ErrDone is the error of a transaction that was committed, rolled back or closed before.
var ErrDone = errors.New("the transaction is over")

// Connection is an open database. The errors of its methods are of type [Error], or [ParameterError].
type Connection struct{ host *wit.Connection }

// Open opens the database with this label.
func Open(name string) (*Connection, error) {
	host, err := unwrap(wit.ConnectionOpen(name))
	if err != nil {
		return nil, err
	}
	return &Connection{host}, nil
}

// Close gives the connection back. What is not closed is, when the execution ends.
func (c *Connection) Close() { c.host.Drop() }

// Query runs a statement and returns its rows.
//
// A parameter is nil for NULL, a bool, any integer that fits 64 bits with a sign, a float, a string or a
// []byte; a type made of one of these; or a pointer to one, which is NULL if it is nil. A []byte that is nil
// is NULL too, as in database/sql.
func (c *Connection) Query(sql string, params ...any) (*Rows, error) {
	values, err := lower(params)
	if err != nil {
		return nil, err
	}
	return rows(c.host.Query(sql, values))
}

// Execute runs a statement and returns the number of rows it changed. For its parameters see
// [Connection.Query].
func (c *Connection) Execute(sql string, params ...any) (uint64, error) {
	values, err := lower(params)
	if err != nil {
		return 0, err
	}
	return unwrap(c.host.Execute(sql, values))
}

// Begin begins a transaction. One that is closed without a commit is undone:
//
//	tx, err := main.Begin()
//	...
//	defer tx.Close()
func (c *Connection) Begin() (*Transaction, error) {
	host, err := unwrap(c.host.Begin())
	if err != nil {
		return nil, err
	}
	return &Transaction{host}, nil
}

// Transact runs a function in a transaction: committed if it returns nil, undone if it does not.
func (c *Connection) Transact(run func(tx *Transaction) error) error {
	tx, err := c.Begin()
	if err != nil {
		return err
	}
	if err := run(tx); err != nil {
		// The first error is the one to tell; a transaction that cannot be undone by hand is undone by
		// the host.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// Transaction is an open transaction. After its end every method returns [ErrDone].
type Transaction struct{ host *wit.Transaction }

// Query is as [Connection.Query], inside the transaction.
func (t *Transaction) Query(sql string, params ...any) (*Rows, error) {
	if t.host == nil {
		return nil, ErrDone
	}
	values, err := lower(params)
	if err != nil {
		return nil, err
	}
	return rows(t.host.Query(sql, values))
}

// Execute is as [Connection.Execute], inside the transaction.
func (t *Transaction) Execute(sql string, params ...any) (uint64, error) {
	if t.host == nil {
		return 0, ErrDone
	}
	values, err := lower(params)
	if err != nil {
		return 0, err
	}
	return unwrap(t.host.Execute(sql, values))
}

// Commit makes the changes permanent.
func (t *Transaction) Commit() error { return t.end(wit.TransactionCommit) }

// Rollback undoes the changes.
func (t *Transaction) Rollback() error { return t.end(wit.TransactionRollback) }

// Close undoes the changes, unless the transaction was ended before. It is meant for defer: without it the
// transaction stays open until the execution ends.
func (t *Transaction) Close() {
	if t.host != nil {
		t.host.Drop()
		t.host = nil
	}
}

func (t *Transaction) end(by func(*wit.Transaction) types.Result[types.Unit, wit.Error]) error {
	if t.host == nil {
		return ErrDone
	}
	host := t.host
	t.host = nil
	_, err := unwrap(by(host))
	return err
}

func rows(result types.Result[wit.Rows, wit.Error]) (*Rows, error) {
	found, err := unwrap(result)
	if err != nil {
		return nil, err
	}
	rows := &Rows{Columns: found.Columns, Rows: make([][]any, len(found.Rows))}
	for i, row := range found.Rows {
		rows.Rows[i] = make([]any, len(row))
		for j, value := range row {
			rows.Rows[i][j] = raise(value)
		}
	}
	return rows, nil
}

func unwrap[T any](result types.Result[T, wit.Error]) (T, error) {
	if result.Tag() == types.ResultErr {
		var none T
		return none, lift(result.Err())
	}
	return result.Ok(), nil
}

package db

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
)

// Rows are the rows of a query, in the order of the database.
type Rows struct {
	// Columns are the names of the columns.
	Columns []string
	// Rows are the values, one for each column: nil for NULL, or a bool, int64, float64, string or
	// []byte.
	Rows [][]any
}

// Len returns how many rows there are.
func (r *Rows) Len() int { return len(r.Rows) }

// All returns the rows, one after the other.
func (r *Rows) All() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for _, values := range r.Rows {
			if !yield(Row{r.Columns, values}) {
				return
			}
		}
	}
}

// First returns the first row, and whether there is one.
func (r *Rows) First() (Row, bool) {
	for row := range r.All() {
		return row, true
	}
	return Row{}, false
}

// Row is one row.
type Row struct {
	columns []string
	values  []any
}

// Value returns the value of a column as it is, and whether there is such a column.
func (r Row) Value(column string) (any, bool) {
	index := slices.Index(r.columns, column)
	if index < 0 || index >= len(r.values) {
		return nil, false
	}
	return r.values[index], true
}

// Values returns all values, in the order of the columns.
func (r Row) Values() []any { return r.values }

// Get writes the value of a column to what `into` points to: a bool, a number, a string or a []byte, or a
// pointer to one, which alone takes NULL. A number must fit. The error is a [DecodeError].
func (r Row) Get(column string, into any) error {
	to := reflect.ValueOf(into)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		panic(fmt.Sprintf("flux: column `%s` can only be written to what a pointer points to", column))
	}
	return r.get(column, to.Elem())
}

// Scan writes columns to the fields of the struct that `into` points to, by the name in their tag:
//
//	type User struct {
//		ID   string  `db:"id"`
//		Name *string `db:"name"`
//	}
//
// Every tag needs its column; fields without a tag are left alone. The error is a [DecodeError].
func (r Row) Scan(into any) error {
	to := reflect.ValueOf(into)
	if to.Kind() != reflect.Pointer || to.IsNil() || to.Elem().Kind() != reflect.Struct {
		panic("flux: a row can only be written to a struct that a pointer points to")
	}
	to = to.Elem()
	for i := range to.NumField() {
		column, tagged := to.Type().Field(i).Tag.Lookup("db")
		if !tagged {
			continue
		}
		if err := r.get(column, to.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func (r Row) get(column string, to reflect.Value) error {
	value, found := r.Value(column)
	if !found {
		return &DecodeError{Column: column}
	}
	if expected, ok := assign(to, value); !ok {
		return &DecodeError{column, expected, kind(value)}
	}
	return nil
}

// Get returns the value of a column as a type of Go's; see [Row.Get].
func Get[T any](row Row, column string) (T, error) {
	var value T
	err := row.Get(column, &value)
	return value, err
}

// Decode returns all rows as structs; see [Row.Scan].
func Decode[T any](rows *Rows) ([]T, error) {
	all := make([]T, rows.Len())
	for i, values := range rows.Rows {
		if err := (Row{rows.Columns, values}).Scan(&all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// DecodeFirst returns the first row as a struct, and whether there is one; see [Row.Scan].
func DecodeFirst[T any](rows *Rows) (T, bool, error) {
	var first T
	row, found := rows.First()
	if !found {
		return first, false, nil
	}
	err := row.Scan(&first)
	return first, true, err
}

// DecodeError: a row does not have what was asked of it.
type DecodeError struct {
	// Column that was asked for.
	Column string
	// Expected is what should be there; empty if the query returned no such column.
	Expected string
	// Found is what is there.
	Found string
}

// Error names the column.
func (e *DecodeError) Error() string {
	if e.Expected == "" {
		return fmt.Sprintf("the query returned no column `%s`", e.Column)
	}
	return fmt.Sprintf("column `%s` should be %s, and is %s", e.Column, e.Expected, e.Found)
}

package db

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
)

type state string

func TestParametersAreOfTheTypesThatADatabaseHas(t *testing.T) {
	number := int64(9_007_199_254_740_993)
	cases := []struct{ param, expected any }{
		{nil, nil},
		{true, true},
		{int8(-1), int64(-1)},
		{number, number},
		{&number, number},
		{uint64(math.MaxInt64), int64(math.MaxInt64)},
		{(*string)(nil), nil},
		{float32(0.5), 0.5},
		{"", ""},
		{state("placed"), "placed"},
		{[]byte{}, []byte{}},
		{[]byte(nil), nil},
	}
	for _, test := range cases {
		values, err := lower([]any{test.param})
		if err != nil || !reflect.DeepEqual(raise(values[0]), test.expected) {
			t.Errorf("%T %v is %v, %v", test.param, test.param, values, err)
		}
	}
	minus, err := lower([]any{math.Copysign(0, -1)})
	if err != nil || !math.Signbit(minus[0].Real()) {
		t.Errorf("-0.0 is %v, %v", minus, err)
	}
}

func TestAParameterThatIsNothingOfTheseIsNamed(t *testing.T) {
	for _, param := range []any{uint64(math.MaxInt64 + 1), []string{}, map[string]int{}, struct{}{}, 1i} {
		_, err := lower([]any{1, param})
		failed, ok := errors.AsType[*ParameterError](err)
		if !ok || failed.Number != 2 || failed.Type != reflect.TypeOf(param) {
			t.Errorf("%T: %v", param, err)
		}
	}
}

var row = Row{
	[]string{"null", "yes", "one", "large", "half", "text", "bytes"},
	[]any{nil, true, int64(1), int64(9_007_199_254_740_993), 0.5, "", []byte{0xff}},
}

func TestColumnsAreReadAsTypesThatTakeThem(t *testing.T) {
	var all struct {
		Null  *string `db:"null"`
		Any   any     `db:"null"`
		Yes   bool    `db:"yes"`
		Flag  bool    `db:"one"`
		Large int64   `db:"large"`
		Small uint8   `db:"one"`
		Half  float64 `db:"half"`
		Real  float64 `db:"one"`
		State state   `db:"text"`
		Text  *string `db:"text"`
		Bytes []byte  `db:"bytes"`
		Other int
	}
	all.Other = 7
	if err := row.Scan(&all); err != nil {
		t.Fatal(err)
	}
	if all.Null != nil || all.Any != nil || !all.Yes || !all.Flag || all.Other != 7 {
		t.Errorf("%+v", all)
	}
	if all.Large != 9_007_199_254_740_993 || all.Small != 1 || all.Half != 0.5 || all.Real != 1 {
		t.Errorf("%+v", all)
	}
	if all.Text == nil || *all.Text != "" || all.State != "" || !bytes.Equal(all.Bytes, []byte{0xff}) {
		t.Errorf("%+v", all)
	}
}

func TestAColumnThatDoesNotFitIsSaid(t *testing.T) {
	cases := []struct {
		column string
		into   any
		text   string
	}{
		{"none", new(string), "the query returned no column `none`"},
		{"null", new(string), "column `null` should be text, and is null"},
		{"large", new(int32), "column `large` should be an integer that fits int32, and is an integer"},
		{"large", new(bool), "column `large` should be a boolean, and is an integer"},
		{"half", new(int64), "column `half` should be an integer that fits int64, and is a real"},
		{"text", new([]byte), "column `text` should be bytes, and is text"},
		{"yes", new(map[string]int), "column `yes` should be read as a type that columns have, not map[string]int, and is a boolean"},
	}
	for _, test := range cases {
		if err := row.Get(test.column, test.into); err == nil || err.Error() != test.text {
			t.Errorf("%s: %v", test.column, err)
		}
	}
}

func TestRowsAreDecodedInTheirOrder(t *testing.T) {
	type numbered struct {
		N int `db:"n"`
	}
	rows := &Rows{[]string{"n"}, [][]any{{int64(2)}, {int64(1)}}}
	all, err := Decode[numbered](rows)
	if err != nil || !reflect.DeepEqual(all, []numbered{{2}, {1}}) {
		t.Errorf("%v, %v", all, err)
	}
	first, found, err := DecodeFirst[numbered](rows)
	if err != nil || !found || first.N != 2 {
		t.Errorf("%v, %v, %v", first, found, err)
	}
	if _, found, err := DecodeFirst[numbered](&Rows{}); found || err != nil {
		t.Errorf("there is none: %v, %v", found, err)
	}
	if n, err := Get[int](Row{rows.Columns, rows.Rows[1]}, "n"); err != nil || n != 1 {
		t.Errorf("%v, %v", n, err)
	}
}

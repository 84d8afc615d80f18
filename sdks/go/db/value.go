package db

import (
	"fmt"
	"math"
	"reflect"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_db"
)

// ParameterError: a parameter of a statement is nothing that a database takes.
type ParameterError struct {
	// Number of the parameter: 1 is `$1`.
	Number int
	// Type it has.
	Type reflect.Type
}

// Error names the parameter and its type.
func (e *ParameterError) Error() string {
	return fmt.Sprintf("parameter $%d cannot be of type %v, or does not fit 64 bits with a sign", e.Number, e.Type)
}

func lower(params []any) ([]wit.Value, error) {
	values := make([]wit.Value, len(params))
	for i, param := range params {
		value, ok := lowerOne(param)
		if !ok {
			return nil, &ParameterError{i + 1, reflect.TypeOf(param)}
		}
		values[i] = value
	}
	return values, nil
}

func lowerOne(param any) (wit.Value, bool) {
	if param == nil {
		return wit.MakeValueNull(), true
	}
	value := reflect.ValueOf(param)
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return wit.MakeValueNull(), true
		}
		return lowerOne(value.Elem().Interface())
	case reflect.Bool:
		return wit.MakeValueBoolean(value.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return wit.MakeValueInteger(value.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return wit.MakeValueInteger(int64(value.Uint())), value.Uint() <= math.MaxInt64
	case reflect.Float32, reflect.Float64:
		return wit.MakeValueReal(value.Float()), true
	case reflect.String:
		return wit.MakeValueText(value.String()), true
	case reflect.Slice:
		return lowerBytes(value)
	}
	return wit.Value{}, false
}

func lowerBytes(value reflect.Value) (wit.Value, bool) {
	if value.Type().Elem().Kind() != reflect.Uint8 {
		return wit.Value{}, false
	}
	if value.IsNil() {
		return wit.MakeValueNull(), true
	}
	return wit.MakeValueBytes(value.Bytes()), true
}

// raise makes Go's own value of the host's: nil, bool, int64, float64, string or []byte.
func raise(value wit.Value) any {
	switch value.Tag() {
	case wit.Value_Boolean:
		return value.Boolean()
	case wit.Value_Integer:
		return value.Integer()
	case wit.Value_Real:
		return value.Real()
	case wit.Value_Text:
		return value.Text()
	case wit.Value_Bytes:
		return value.Bytes()
	}
	return nil
}

// kind says what a value is, for error messages.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a real"
	case string:
		return "text"
	}
	return "bytes"
}

// assign writes a value to what a program has for it. If it cannot, it returns what would have fitted.
func assign(to reflect.Value, value any) (expected string, ok bool) {
	switch to.Kind() {
	case reflect.Interface:
		return assignAny(to, value)
	case reflect.Pointer:
		return assignPointer(to, value)
	case reflect.Bool:
		return "a boolean", assignBool(to, value)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		integer, ok := value.(int64)
		if ok = ok && !to.OverflowInt(integer); ok {
			to.SetInt(integer)
		}
		return "an integer that fits " + to.Kind().String(), ok
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		integer, ok := value.(int64)
		if ok = ok && integer >= 0 && !to.OverflowUint(uint64(integer)); ok {
			to.SetUint(uint64(integer))
		}
		return "an integer that fits " + to.Kind().String(), ok
	case reflect.Float32, reflect.Float64:
		return "a number", assignFloat(to, value)
	case reflect.String:
		text, ok := value.(string)
		if ok {
			to.SetString(text)
		}
		return "text", ok
	case reflect.Slice:
		bytes, ok := value.([]byte)
		if ok = ok && to.Type().Elem().Kind() == reflect.Uint8; ok {
			to.SetBytes(bytes)
		}
		return "bytes", ok
	}
	return "read as a type that columns have, not " + to.Type().String(), false
}

func assignAny(to reflect.Value, value any) (string, bool) {
	if to.NumMethod() > 0 {
		return "read as a type that columns have, not " + to.Type().String(), false
	}
	if value == nil {
		to.SetZero()
	} else {
		to.Set(reflect.ValueOf(value))
	}
	return "", true
}

// Only a pointer takes NULL, as nil.
func assignPointer(to reflect.Value, value any) (string, bool) {
	if value == nil {
		to.SetZero()
		return "", true
	}
	target := reflect.New(to.Type().Elem())
	expected, ok := assign(target.Elem(), value)
	if ok {
		to.Set(target)
	}
	return expected, ok
}

// SQLite has no booleans, and returns integers.
func assignBool(to reflect.Value, value any) bool {
	switch value := value.(type) {
	case bool:
		to.SetBool(value)
	case int64:
		if value != 0 && value != 1 {
			return false
		}
		to.SetBool(value == 1)
	default:
		return false
	}
	return true
}

func assignFloat(to reflect.Value, value any) bool {
	switch value := value.(type) {
	case float64:
		to.SetFloat(value)
	case int64:
		to.SetFloat(float64(value))
	default:
		return false
	}
	return true
}

// Package types has the types of WIT that Go does not have, under the names that wit-bindgen uses.
package types

// The cases of an Option.
const (
	OptionNone = 0
	OptionSome = 1
)

// Option is a value, or none.
type Option[T any] struct {
	value T
	some  bool
}

// None is no value.
func None[T any]() Option[T] { return Option[T]{} }

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{value, true} }

// OptionOf is the value of a pointer, or none.
func OptionOf[T any](value *T) Option[T] {
	if value == nil {
		return None[T]()
	}
	return Some(*value)
}

// Tag is the case.
func (o Option[T]) Tag() uint8 {
	if o.some {
		return OptionSome
	}
	return OptionNone
}

// Some is the value. It panics if there is none.
func (o Option[T]) Some() T {
	if !o.some {
		panic("an option without a value")
	}
	return o.value
}

// Get is the value, and whether there is one.
func (o Option[T]) Get() (T, bool) { return o.value, o.some }

// Pointer points to a copy of the value; nil if there is none.
func (o Option[T]) Pointer() *T {
	if !o.some {
		return nil
	}
	return &o.value
}

// The cases of a Result.
const (
	ResultOk  = 0
	ResultErr = 1
)

// Result is what a call returned, or why it failed.
type Result[T, E any] struct {
	value  T
	err    E
	failed bool
}

// Ok is what a call returned.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{value: value} }

// Err is why a call failed.
func Err[T, E any](err E) Result[T, E] { return Result[T, E]{err: err, failed: true} }

// Tag is the case.
func (r Result[T, E]) Tag() uint8 {
	if r.failed {
		return ResultErr
	}
	return ResultOk
}

// Ok is what the call returned. It panics if it failed.
func (r Result[T, E]) Ok() T {
	if r.failed {
		panic("a result without a value")
	}
	return r.value
}

// Err is why the call failed. It panics if it did not.
func (r Result[T, E]) Err() E {
	if !r.failed {
		panic("a result without an error")
	}
	return r.err
}

// Unit is nothing.
type Unit struct{}

// Tuple2 is a pair.
type Tuple2[A, B any] struct {
	F0 A
	F1 B
}

// Package pairs converts lists of names and values.
package pairs

import "github.com/flux-run/flux/sdks/go/internal/wit/types"

// Pair is a type that has a name and a value.
type Pair interface {
	~struct{ Name, Value string }
}

// Lift makes pairs of what the host gave.
func Lift[P Pair](tuples []types.Tuple2[string, string]) []P {
	pairs := make([]P, len(tuples))
	for i, tuple := range tuples {
		pairs[i] = P(struct{ Name, Value string }{tuple.F0, tuple.F1})
	}
	return pairs
}

// Lower makes of pairs what the host takes.
func Lower[P Pair](pairs []P) []types.Tuple2[string, string] {
	tuples := make([]types.Tuple2[string, string], len(pairs))
	for i, pair := range pairs {
		plain := struct{ Name, Value string }(pair)
		tuples[i] = types.Tuple2[string, string]{F0: plain.Name, F1: plain.Value}
	}
	return tuples
}

package random

import "testing"

func TestAUUIDHasItsVersionAndVariant(t *testing.T) {
	ones := [16]byte{}
	for i := range ones {
		ones[i] = 255
	}
	cases := map[[16]byte]string{
		{}:   "00000000-0000-4000-8000-000000000000",
		ones: "ffffffff-ffff-4fff-bfff-ffffffffffff",
	}
	for bytes, expected := range cases {
		if text := uuid(bytes); text != expected {
			t.Errorf("%s should be %s", text, expected)
		}
	}
}

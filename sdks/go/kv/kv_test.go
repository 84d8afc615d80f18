package kv

import (
	"strings"
	"testing"
)

func TestOutsideOfFluxACallSaysThatThereIsNoHost(t *testing.T) {
	for range 2 {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, "kv.bucket.open needs the host") {
					t.Errorf("it says %q", text)
				}
			}()
			// The second call shows that the first one is over.
			_, _ = Open("main")
		}()
	}
}

package kv

import (
	"iter"

	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// The most that the host gives in one page.
const limit = 1000

// Page returns one page of the keys that start with prefix, after the cursor unless it is nil, at most
// limit (1 to 1,000).
func (b *Bucket) Page(prefix string, cursor *string, limit uint32) (Page, error) {
	page, err := unwrap(b.host.Keys(prefix, types.OptionOf(cursor), limit))
	return Page{page.Keys, page.Next.Pointer()}, err
}

// Keys returns all keys that start with prefix, in ascending order, fetched page by page. An error is the
// last that it yields.
func (b *Bucket) Keys(prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var cursor *string
		for {
			page, err := b.Page(prefix, cursor, limit)
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range page.Keys {
				if !yield(key, nil) {
					return
				}
			}
			if cursor = page.Next; cursor == nil {
				return
			}
		}
	}
}

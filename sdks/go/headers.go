package flux

import "strings"

// Header is one header, or one parameter of a path or a query.
type Header struct {
	// Name as it was received. The host sends names of headers in lower case.
	Name string
	// Value as it was received; it may be empty.
	Value string
}

// Headers are headers in their order. A name may occur more than once.
type Headers []Header

// Get returns the first header of this name, whatever its case, and whether there is one.
func (h Headers) Get(name string) (string, bool) {
	for _, header := range h {
		if strings.EqualFold(header.Name, name) {
			return header.Value, true
		}
	}
	return "", false
}

// Add adds a header after those that are there.
func (h *Headers) Add(name, value string) { *h = append(*h, Header{name, value}) }

// Package runtime has what the generated bindings need at run time: handles of the host's resources,
// and memory that the host reads and writes.
package runtime

// Handle is a resource of the host, or none once it was given back.
type Handle struct{ value int32 }

// MakeHandle takes over a handle that the host gave.
func MakeHandle(value int32) *Handle {
	if value == 0 {
		panic("flux: the host gave no handle")
	}
	return &Handle{value}
}

// Use is the handle's number, to be lent to the host. It panics if the resource was given back.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("flux: used after it was closed, committed or rolled back")
	}
	return h.value
}

// Take is the handle's number, to be given to the host. It panics if the resource was given back.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// TakeOrNil is as Take, but 0 if the resource was given back.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// Set fills an empty handle.
func (h *Handle) Set(value int32) {
	if h.value != 0 {
		panic("flux: a handle is set twice")
	}
	h.value = value
}

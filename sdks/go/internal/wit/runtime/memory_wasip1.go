package runtime

import "unsafe"

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// The host asks for the memory that arguments and results are written to. It must not be called in the
// meantime, but an allocation may begin a collection, which reads the clock: the adapter between
// Go's WASI and the host then answers with the time it knows.
//
//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("flux: the host made memory larger, which UTF-8 never takes")
	}
	pauseClock(true)
	memory := &arguments
	if calling {
		memory = &call
	}
	pointer := Allocate(memory, size, align)
	pauseClock(false)
	return pointer
}

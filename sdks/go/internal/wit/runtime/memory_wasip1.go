package runtime

import "unsafe"

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// Go begins no collection between these two.
//
//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// The host asks for the memory that arguments and results are written to. It must not be called in the
// meantime, and a collection would: it reads the time of day when it ends. So none begins here; the next
// allocation of the guest sees to it. What else an allocation does may read the monotonic clock, for which
// the adapter between Go's WASI and the host answers with the time it knows.
//
//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("flux: the host made memory larger, which UTF-8 never takes")
	}
	pauseClock(true)
	procPin()
	memory := &arguments
	if calling {
		memory = &call
	}
	pointer := Allocate(memory, size, align)
	procUnpin()
	pauseClock(false)
	return pointer
}

// What the adapter keeps for as long as the guest lives: its stack and its state, 64 KiB each. It must not
// make memory larger by itself, since Go takes all that there is for its own.
var (
	adapterMemory [2 << 16 / 8]uint64
	adapterUsed   uintptr
)

// The adapter asks for it when it is first called, be it by Go's scheduler: nothing of the run time may be
// needed here.
//
//go:nosplit
//go:wasmexport cabi_realloc_adapter
func reallocForAdapter(_ unsafe.Pointer, _, _, size uintptr) unsafe.Pointer {
	place := unsafe.Pointer(&adapterMemory[adapterUsed/8])
	adapterUsed += (size + 7) &^ 7
	if adapterUsed > unsafe.Sizeof(adapterMemory) {
		panic("flux: the adapter takes more memory than it should")
	}
	return place
}

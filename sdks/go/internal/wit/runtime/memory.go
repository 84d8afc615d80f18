package runtime

import (
	"fmt"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/flux-run/flux/sdks/go/internal/wit"
)

// Memory keeps alive what only the host points to. Go's collector does not move what it keeps.
type Memory struct{ held []unsafe.Pointer }

// Pin keeps what is at the pointer.
func (m *Memory) Pin(pointer unsafe.Pointer) { m.held = append(m.held, pointer) }

// Unpin keeps it no longer.
func (m *Memory) Unpin() {
	clear(m.held)
	m.held = m.held[:0]
}

var (
	// Held for as long as a call lasts, from lowering its arguments to lifting its result: another
	// goroutine could run in between, and what the host allocates is the call's.
	turn sync.Mutex
	// What the arguments and the result of the call in progress are in.
	call    Memory
	calling bool
	// What the arguments of a handler are in, until it has lifted them.
	arguments Memory
	// Whether a handler was called: before, the guest starts, and that is while it is built.
	started bool
)

// Begin begins a call of the host, and waits for one of another goroutine to end.
func Begin() *Memory {
	if wit.Hosted && !started {
		panic("flux: the guest calls the host while it starts, which is before any request: move the call into the handler")
	}
	turn.Lock()
	calling = true
	return &call
}

// End ends the call that Begin began.
func (m *Memory) End() {
	m.Unpin()
	calling = false
	turn.Unlock()
}

// Unpin gives back what the arguments of a handler were in: it begins now.
func Unpin() {
	arguments.Unpin()
	started = true
}

// Text is where a text is that is passed to the host.
func Text(text string) *byte {
	if !utf8.ValidString(text) {
		panic(fmt.Sprintf("flux: a text that is passed to the host must be UTF-8: %.100q", text))
	}
	return unsafe.StringData(text)
}

// At is the address as a pointer.
func At(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// Allocate makes memory of an alignment that WIT's types have.
func Allocate(memory *Memory, size, align uintptr) unsafe.Pointer {
	pointer := allocate(size, align)
	memory.Pin(pointer)
	return pointer
}

// Never a pointer to nothing: Go's collector refuses small numbers as pointers, nil it takes.
func allocate(size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	switch align {
	case 1:
		return unsafe.Pointer(unsafe.SliceData(make([]uint8, size)))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(make([]uint16, (size+1)/2)))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, (size+3)/4)))
	case 8:
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	}
	panic(fmt.Sprintf("flux: no type of WIT has alignment %d", align))
}

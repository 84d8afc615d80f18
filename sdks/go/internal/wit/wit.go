// Package wit says what the generated bindings say where there is no host.
package wit

// NoHost is what a call of the host panics with outside of Flux.
func NoHost(call string) string {
	return "flux: " + call + " needs the host: this program runs outside of Flux, where only code that makes no such call can be tested"
}

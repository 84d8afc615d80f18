// Package flux is for guests of Flux: WebAssembly components that reach the world through the host alone, so
// that every execution leaves a journal that can be replayed.
//
//	func init() {
//		http.Handle("GET /hello/{name}", func(request *flux.Request) (*flux.Response, error) {
//			name, _ := request.Param("name")
//			return flux.Text(200, "hello "+name+"\n"), nil
//		})
//	}
//
// Package http answers requests with such handlers, package jobs runs jobs of queues; this package has the
// types of both. Packages db, kv, queue, fetch, log, clock, random and config are the host's interfaces.
package flux

package flux

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Router finds the handler of a request by its method and path.
//
// A pattern is a method and a path, such as `GET /orders/{id}`; without a method it takes all of them.
// `{id}` is one segment, and `{path...}`, at the end, all that are left. Where several patterns match, a
// literal segment comes before a parameter, and a method before none. What matches none is a 404.
type Router struct{ routes []route }

type route struct {
	pattern  string
	method   string
	segments []segment
	handler  Handler
}

type segment struct {
	text string
	kind kind
}

// In the order in which routes are tried.
type kind int

const (
	literal kind = iota
	parameter
	rest
)

// Handle adds a route. It panics if the pattern is none, or is there already: routes are added while the
// guest starts, which is while it is built.
func (r *Router) Handle(pattern string, handler Handler) {
	added := parse(pattern)
	added.handler = handler
	if slices.ContainsFunc(r.routes, func(there route) bool { return there.pattern == pattern }) {
		panic(fmt.Sprintf("flux: the route %q is there twice", pattern))
	}
	r.routes = append(r.routes, added)
	slices.SortStableFunc(r.routes, func(a, b route) int {
		kinds := slices.CompareFunc(a.segments, b.segments, func(a, b segment) int { return int(a.kind - b.kind) })
		// The empty method is the last one.
		return cmp.Or(kinds, strings.Compare(b.method, a.method))
	})
}

// Serve answers a request by the handler of its route. The parameters of the pattern that the host did
// not give are added to the request.
func (r *Router) Serve(request *Request) (*Response, error) {
	for _, route := range r.routes {
		params, ok := route.match(request)
		if !ok {
			continue
		}
		for _, param := range params {
			if _, given := request.Param(param.Name); !given {
				request.Params = append(request.Params, param)
			}
		}
		return route.handler(request)
	}
	return nil, NotFound("there is nothing at this path")
}

func parse(pattern string) route {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	}
	path, found = strings.CutPrefix(path, "/")
	if !found {
		panic(fmt.Sprintf("flux: the path of the route %q does not start with a slash", pattern))
	}
	parsed := route{pattern: pattern, method: method}
	for text := range strings.SplitSeq(path, "/") {
		parsed.segments = append(parsed.segments, parseSegment(text))
	}
	return parsed
}

func parseSegment(text string) segment {
	name, opened := strings.CutPrefix(text, "{")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed {
		return segment{text, literal}
	}
	if name, all := strings.CutSuffix(name, "..."); all {
		return segment{name, rest}
	}
	return segment{name, parameter}
}

func (r *route) match(request *Request) ([]Header, bool) {
	if r.method != "" && r.method != request.Method {
		return nil, false
	}
	var params []Header
	path := strings.Split(strings.TrimPrefix(request.Path, "/"), "/")
	for i, segment := range r.segments {
		switch {
		case i >= len(path):
			return nil, false
		case segment.kind == rest:
			return append(params, Header{segment.text, unescape(strings.Join(path[i:], "/"), false)}), true
		case segment.kind == parameter:
			params = append(params, Header{segment.text, unescape(path[i], false)})
		case segment.text != path[i]:
			return nil, false
		}
	}
	return params, len(path) == len(r.segments)
}

package flux

import "testing"

// routed is a router of these patterns. A handler answers with its pattern and what its parameters are.
func routed(patterns ...string) *Router {
	var router Router
	for _, pattern := range patterns {
		router.Handle(pattern, func(request *Request) (*Response, error) {
			text := pattern
			for _, param := range request.Params {
				text += " " + param.Name + "=" + param.Value
			}
			return Text(200, text), nil
		})
	}
	return &router
}

func TestTheNearestRouteAnswers(t *testing.T) {
	router := routed("/{rest...}", "GET /orders/{id}", "/orders/new", "GET /orders/new", "POST /orders/{id}/pay", "GET /")
	cases := []struct{ method, path, expected string }{
		{"GET", "/", "GET /"},
		{"POST", "/", "/{rest...} rest="},
		{"GET", "/orders/7", "GET /orders/{id} id=7"},
		{"GET", "/orders/new", "GET /orders/new"},
		{"PUT", "/orders/new", "/orders/new"},
		{"POST", "/orders/a%2Fb/pay", "POST /orders/{id}/pay id=a/b"},
		{"GET", "/orders/7/", "/{rest...} rest=orders/7/"},
		{"GET", "/a+b/%C3%A9/%", "/{rest...} rest=a+b/é/%"},
	}
	for _, test := range cases {
		response, err := router.Serve(&Request{Method: test.method, Path: test.path})
		if err != nil || string(response.Body) != test.expected {
			t.Errorf("%s %s: %v, %v", test.method, test.path, response, err)
		}
	}
}

func TestWhatMatchesNoRouteIsA404(t *testing.T) {
	for _, path := range []string{"/", "/a", "/a/b/c", "//b"} {
		response := Handler(routed("GET /a/{b}").Serve).Answer(&Request{Method: "GET", Path: path})
		if response.Status != 404 {
			t.Errorf("%s: %d", path, response.Status)
		}
	}
}

func TestParametersOfTheHostComeFirst(t *testing.T) {
	request := &Request{Method: "GET", Path: "/a/b", Params: []Header{{"b", "host"}}}
	response, err := routed("GET /{a}/{b}").Serve(request)
	if err != nil || string(response.Body) != "GET /{a}/{b} b=host a=a" {
		t.Errorf("%v, %v", response, err)
	}
}

func TestARouteThatIsNoneIsABug(t *testing.T) {
	for _, patterns := range [][]string{{"GET orders"}, {""}, {"GET /a", "GET /a"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q are taken", patterns)
				}
			}()
			routed(patterns...)
		}()
	}
}

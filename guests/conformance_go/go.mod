module github.com/flux-run/flux/guests/conformance_go

go 1.26

require github.com/flux-run/flux/sdks/go v0.1.0

replace github.com/flux-run/flux/sdks/go => ../../sdks/go

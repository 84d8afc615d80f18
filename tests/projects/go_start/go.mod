module example.com/go_start

go 1.26

require github.com/flux-run/flux/sdks/go v0.1.0

replace github.com/flux-run/flux/sdks/go => ../../../sdks/go

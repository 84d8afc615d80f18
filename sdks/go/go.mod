module github.com/flux-run/flux/sdks/go

go 1.26

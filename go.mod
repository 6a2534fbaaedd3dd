module github.com/jargo-dev/jargo

go 1.25.0

//go:build go1.21 && !unix

package engine

func endGroup() {}

// Package node is a page whose body is a node as gomponents has
// them.
package node

import "io"

// Node has the method of a gomponents node.
type Node string

// Render writes the node.
func (n Node) Render(w io.Writer) error {
	_, err := io.WriteString(w, string(n))
	return err
}

// Render renders the page.
func Render() Node {
	return Node("<!DOCTYPE html>\n<title>node</title>\n<h1>node</h1>\n")
}

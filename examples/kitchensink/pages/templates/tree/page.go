// Package tree is a page with a template that executes itself.
package tree

// Node is a comment with its answers.
type Node struct {
	Text    string
	Answers []Node
}

// Data is a conversation.
func Data() Node {
	return Node{"What is 1 < 2?", []Node{{"true", nil}, {"obvious", []Node{{"agreed", nil}}}}}
}

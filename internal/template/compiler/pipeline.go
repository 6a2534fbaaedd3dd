package compiler

import (
	"strings"
	"text/template/parse"
)

// escaperPrefix begins the names of the functions that html/template adds to pipelines.
const escaperPrefix = "_html_template_"

// split takes the escapers that html/template has added from a pipeline.
func split(p *parse.PipeNode) (written *parse.PipeNode, escapers []string) {
	n := len(p.Cmds)
	for ; n > 0; n-- {
		id, ok := p.Cmds[n-1].Args[0].(*parse.IdentifierNode)
		if !ok || !strings.HasPrefix(id.Ident, escaperPrefix) {
			break
		}
	}
	made := *p
	made.Cmds = p.Cmds[:n]
	for _, cmd := range p.Cmds[n:] {
		escapers = append(escapers, strings.TrimPrefix(cmd.Args[0].(*parse.IdentifierNode).Ident, escaperPrefix))
	}
	return &made, escapers
}

// pipeline evaluates a pipeline.
func (c *compiler) pipeline(dot value, p *parse.PipeNode) value {
	var v value
	for i, cmd := range p.Cmds {
		var final *value
		if i > 0 {
			before := v
			final = &before
		}
		v = c.command(dot, cmd, final)
	}
	for _, decl := range p.Decl {
		if p.IsAssign {
			c.assign(decl, v)
		} else {
			c.declare(decl, v)
		}
	}
	return v
}

// command evaluates a command; final is what the pipeline has before it, nil for nothing.
func (c *compiler) command(dot value, cmd *parse.CommandNode, final *value) value {
	first, args := cmd.Args[0], cmd.Args[1:]
	switch n := first.(type) {
	case *parse.FieldNode:
		return c.chain(dot, dot, n, n.Ident, fieldStart(n), args, final)
	case *parse.ChainNode:
		return c.chain(dot, c.chained(dot, n), n, n.Field, 0, args, final)
	case *parse.IdentifierNode:
		return c.call(dot, n, args, final)
	case *parse.PipeNode:
		c.noArguments(first, args, final)
		return c.pipeline(dot, n)
	case *parse.VariableNode:
		return c.variableNode(dot, n, args, final)
	}
	c.noArguments(first, args, final)
	return c.operand(dot, first)
}

// noArguments reports arguments of what takes none.
func (c *compiler) noArguments(first parse.Node, args []parse.Node, final *value) {
	if len(args) > 0 || final != nil {
		c.mistake(c.at(first, 0), "call a function or a method, or remove the arguments", "%s is no function: it can't have arguments", first)
	}
}

// operand evaluates what stands for a value by itself.
func (c *compiler) operand(dot value, node parse.Node) value {
	switch n := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.NilNode:
		c.mistake(c.at(n, 0), "use it as an argument only: {{eq .X nil}}", "nil is not a command")
		return unknown
	case *parse.FieldNode:
		return c.chain(dot, dot, n, n.Ident, fieldStart(n), nil, nil)
	case *parse.VariableNode:
		return c.variableNode(dot, n, nil, nil)
	case *parse.PipeNode:
		return c.pipeline(dot, n)
	case *parse.IdentifierNode:
		return c.call(dot, n, nil, nil)
	case *parse.ChainNode:
		return c.chain(dot, c.chained(dot, n), n, n.Field, 0, nil, nil)
	}
	return c.constant(node)
}

// chained evaluates what the fields of a chain are of.
func (c *compiler) chained(dot value, n *parse.ChainNode) value {
	if n.Node.Type() == parse.NodeNil {
		c.mistake(c.at(n, 0), "", "nil has no fields")
		return unknown
	}
	return c.operand(dot, n.Node)
}

func (c *compiler) variableNode(dot value, n *parse.VariableNode, args []parse.Node, final *value) value {
	v := unknown
	if have := c.variable(n); have != nil {
		v = have.value
	}
	if len(n.Ident) == 1 {
		c.noArguments(n, args, final)
		return v
	}
	return c.chain(dot, v, n, n.Ident[1:], 0, args, final)
}

// fieldStart is where the first name of a field node is, from the position that the
// parser gives it: that of the second, if there is one.
func fieldStart(n *parse.FieldNode) int {
	if len(n.Ident) > 1 {
		return -len(n.Ident[0]) - 1
	}
	return 0
}

// chain evaluates .X.Y.Z of a value, the last with arguments. start is where .X is, in
// bytes from the node's position.
func (c *compiler) chain(dot, v value, node parse.Node, names []string, start int, args []parse.Node, final *value) value {
	for i, name := range names {
		at := c.at(node, start)
		start += len(name) + 1
		if i == len(names)-1 {
			v = c.field(dot, v, node, name, at, args, final)
		} else {
			v = c.field(dot, v, node, name, at, nil, nil)
		}
	}
	return v
}

package vercel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// node is a value of a JSON text, and where it begins.
type node struct {
	at    diag.Pos
	value any // nil, bool, json.Number, string, []node or []property
}

// property is one of an object's.
type property struct {
	name string
	at   diag.Pos
	node node
}

// parser turns a JSON text into nodes.
type parser struct {
	data []byte
	dec  *json.Decoder
	file string

	read  int // bytes whose lines are counted
	lines int // line feeds in them
	start int // where their last line begins
}

// parseJSON reads the text of a file of the project. What is not JSON is reported.
func parseJSON(file string, data []byte, diags *diag.List) (node, bool) {
	p := &parser{data: data, dec: json.NewDecoder(bytes.NewReader(data)), file: file}
	var any any
	if err := json.Unmarshal(data, &any); err != nil {
		at := diag.Pos{File: file}
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = p.pos(max(int(syntax.Offset)-1, 0))
		}
		diags.Add(at, "", "not valid JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
		return node{}, false
	}
	p.dec.UseNumber()
	return p.parse(), true
}

// parse reads the next value of a text that is JSON.
func (p *parser) parse() node {
	token, at := p.next()
	switch token {
	case json.Delim('{'):
		object := []property{}
		for p.dec.More() {
			name, at := p.next()
			object = append(object, property{name.(string), at, p.parse()})
		}
		p.next()
		return node{at, object}
	case json.Delim('['):
		list := []node{}
		for p.dec.More() {
			list = append(list, p.parse())
		}
		p.next()
		return node{at, list}
	}
	return node{at, token}
}

// next is the next token and where it begins.
func (p *parser) next() (json.Token, diag.Pos) {
	offset := int(p.dec.InputOffset())
	for offset < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[offset]) >= 0 {
		offset++
	}
	token, err := p.dec.Token()
	if err != nil { // it was JSON when it was unmarshalled
		panic("internal error, please report: " + err.Error())
	}
	return token, p.pos(offset)
}

// pos is the place of an offset, which is not before that of the last call.
func (p *parser) pos(offset int) diag.Pos {
	between := p.data[p.read:offset]
	if n := bytes.Count(between, []byte("\n")); n > 0 {
		p.lines += n
		p.start = p.read + bytes.LastIndexByte(between, '\n') + 1
	}
	p.read = offset
	return diag.Pos{File: p.file, Line: p.lines + 1, Col: offset - p.start + 1}
}

// plain is the value as encoding/json has it, without places.
func (n node) plain() any {
	switch v := n.value.(type) {
	case []node:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = item.plain()
		}
		return list
	case []property:
		object := make(map[string]any, len(v))
		for _, p := range v {
			object[p.name] = p.node.plain()
		}
		return object
	}
	return n.value
}

// kind says what a value is.
func (n node) kind() string {
	switch v := n.value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprintf("%t", v)
	case json.Number:
		return "the number " + v.String()
	case string:
		return "a string"
	case []node:
		return "a list"
	}
	return "an object"
}

package golang

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// liveFile is the name of the file that is added to a package whose archive reads the
// files that it embeds when the program starts: they can then change without a compile
// and a link. It is the first file, and declares the variables that embed something: they
// are initialised before all others, as what needs no initialisation is.
const liveFile = "jargo_embed.go"

// live are the Go files of such a package, rewritten, and liveFile. Lines stay where they
// are. The error wraps errUnusual if that cannot be.
func (u *unit) live(tool goTool, s *sourceFiles, units map[string]*unit) (map[string][]byte, error) {
	if u.Compile == nil || u.Compile.Embed == nil || units["embed"] == nil || units["os"] == nil {
		return nil, errUnusual
	}
	files, variables, trees := map[string][]byte{}, "", false
	for _, name := range u.Package.GoFiles {
		data, declared, tree, err := u.liveSource(s.files[name])
		if err != nil {
			return nil, fmt.Errorf("%w: embed in %s/%s: %w", errUnusual, u.Package.ImportPath, name, err)
		}
		files[name], variables, trees = data, variables+declared, trees || tree
	}
	if _, taken := s.files[liveFile]; taken {
		return nil, fmt.Errorf("%w: %s has a %s", errUnusual, u.Package.ImportPath, liveFile)
	}
	imports, helpers := `import "os"`, fmt.Sprintf(liveStrings, filepath.ToSlash(u.Package.Dir)+"/")
	if trees {
		if err := tool.checkEmbedFS(); err != nil {
			return nil, err
		}
		imports, helpers = `import ("embed"; "os"; "unsafe")`, helpers+liveTrees
	}
	files[liveFile] = []byte("package " + u.Package.Name + "\n\n" + imports + "\n" + helpers + variables)
	return files, nil
}

// liveImports are what liveFile imports.
var liveImports = []string{"embed", "os"}

const liveStrings = `
func jargo_embed_string(name string) string {
	data, err := os.ReadFile(%q + name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func jargo_embed_bytes(name string) []byte { return []byte(jargo_embed_string(name)) }
`

const liveTrees = `
func jargo_embed_tree(names ...string) embed.FS {
	type file struct {
		name string
		data string
		hash [16]byte
	}
	files := make([]file, len(names))
	for i, name := range names {
		files[i].name = name
		if name[len(name)-1] != '/' {
			files[i].data = jargo_embed_string(name)
		}
	}
	list := &files
	return *(*embed.FS)(unsafe.Pointer(&list))
}
`

// checkEmbedFS checks that an embed.FS of the toolchain is what liveTrees takes it for.
func (g goTool) checkEmbedFS() error {
	source, err := os.ReadFile(filepath.Join(g.env.get("GOROOT"), "src", "embed", "embed.go"))
	if err != nil {
		return fmt.Errorf("%w: %w", errUnusual, err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnusual, err)
	}
	fields := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if structure, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range structure.Fields.List {
				fields[spec.Name.Name] += string(source[field.Pos()-1:field.Type.End()-1]) + "\n"
			}
		}
		return false
	})
	if fields["FS"] != "files *[]file\n" || fields["file"] != "name string\ndata string\nhash [16]byte\n" {
		return fmt.Errorf("%w: another embed.FS", errUnusual)
	}
	return nil
}

// liveSource takes the variables of a file that embed something out of it: variables has
// their declarations for liveFile. It reports whether there is an embed.FS among them.
func (u *unit) liveSource(source []byte) (rewritten []byte, variables string, trees bool, err error) {
	if !bytes.Contains(source, []byte(embedDirective)) {
		return source, "", false, nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, parser.ParseComments)
	if err != nil {
		return nil, "", false, err
	}
	offset := func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	rewritten = slices.Clone(source)
	patterns := map[*ast.ValueSpec][]string{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			args, is := strings.CutPrefix(c.Text, embedDirective)
			if !is {
				continue
			}
			spec, begins := nextVariable(f, c.End())
			if spec == nil || !onlyComments(source[offset(c.End()):offset(begins)]) || strings.ContainsAny(args, "\"`") {
				return nil, "", false, fmt.Errorf("a directive: %s", c.Text)
			}
			patterns[spec] = append(patterns[spec], strings.Fields(args)...)
			copy(rewritten[offset(c.Pos()):], strings.Repeat("/", len(embedDirective)))
		}
	}
	specs := slices.SortedFunc(maps.Keys(patterns), func(a, b *ast.ValueSpec) int { return cmp.Compare(b.Pos(), a.Pos()) })
	for _, spec := range specs { // from the last, so that offsets hold
		value, tree, err := u.liveValue(f, spec, patterns[spec])
		if err != nil {
			return nil, "", false, err
		}
		trees = trees || tree
		name := spec.Names[0]
		variables += "\nvar " + name.Name + " " + value + "\n"
		rewritten = slices.Replace(rewritten, offset(name.Pos()), offset(name.End()), '_')
	}
	return rewritten, variables, trees, nil
}

const embedDirective = "//go:embed"

// nextVariable is the first variable that is declared after pos, and where its
// declaration begins.
func nextVariable(f *ast.File, pos token.Pos) (*ast.ValueSpec, token.Pos) {
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			switch {
			case spec.Pos() < pos:
			case decl.Lparen.IsValid():
				return spec, spec.Pos()
			default:
				return spec, decl.Pos()
			}
		}
	}
	return nil, 0
}

// onlyComments reports whether a text is empty lines and comments of one line.
func onlyComments(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			return false
		}
	}
	return true
}

// liveValue is the type and the value of a variable that embeds what patterns match. It
// reports whether that is an embed.FS.
func (u *unit) liveValue(f *ast.File, spec *ast.ValueSpec, patterns []string) (value string, tree bool, err error) {
	var names []string
	for _, pattern := range patterns {
		names = append(names, u.Compile.Embed.Patterns[pattern]...)
	}
	plain := len(spec.Names) == 1 && len(spec.Values) == 0
	switch t := spec.Type.(type) {
	case *ast.Ident:
		if plain && t.Name == "string" && len(names) == 1 {
			return "string = jargo_embed_string(" + strconv.Quote(names[0]) + ")", false, nil
		}
	case *ast.ArrayType:
		if elem, ok := t.Elt.(*ast.Ident); plain && ok && t.Len == nil && elem.Name == "byte" && len(names) == 1 {
			return "[]byte = jargo_embed_bytes(" + strconv.Quote(names[0]) + ")", false, nil
		}
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); plain && ok && t.Sel.Name == "FS" && importsEmbed(f, x.Name) {
			quoted := ""
			for _, name := range treeNames(names) {
				quoted += strconv.Quote(name) + ", "
			}
			return "embed.FS = jargo_embed_tree(" + quoted + ")", true, nil
		}
	}
	return "", false, fmt.Errorf("the variable %s", spec.Names[0])
}

// importsEmbed reports whether a file imports package embed by a name.
func importsEmbed(f *ast.File, name string) bool {
	return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
		return i.Path.Value == `"embed"` && (i.Name == nil && name == "embed" || i.Name != nil && name == i.Name.Name)
	})
}

// treeNames are the files of an embed.FS and their directories, which have a slash at
// the end, in the order that it needs: sorted by directory, then by name.
func treeNames(files []string) []string {
	all := map[string]bool{}
	for _, name := range files {
		all[name] = true
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			all[dir+"/"] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		a, b = strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/")
		return cmp.Or(cmp.Compare(path.Dir(a), path.Dir(b)), cmp.Compare(path.Base(a), path.Base(b)))
	})
}

// Package bytes is a page whose body is a []byte.
package bytes

// Render renders the page.
func Render() []byte {
	return []byte("<!DOCTYPE html>\n<title>[]byte</title>\n<h1>[]byte</h1>\n")
}

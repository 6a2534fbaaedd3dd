// Command nothing does nothing.
package main

func main() {}

package start

// Archive is the output that the program was made with, as package pack writes it; ""
// where it is served from a directory. In a program that has one, another file is in the
// place of this.
var Archive string

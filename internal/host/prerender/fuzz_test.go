package prerender

import "testing"

// FuzzDecode reads anything as the file of a page: it is complete or rejected.
func FuzzDecode(f *testing.F) {
	whole, err := encode(entry("body", 0), NewKey("key"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(magic + "{}\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decode(data, NewKey("key"))
		if (e == nil) == (err == nil) {
			t.Errorf("entry %v with error %v", e, err)
		}
	})
}

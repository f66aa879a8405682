// The guests that are written in Go. No dependencies: the standard library is what they test.
module forebay.example/guests

go 1.24

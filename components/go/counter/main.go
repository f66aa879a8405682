// A reactor: a library with state, whose exports are called after `_initialize`.
package main

import "fmt"

var total int32

// add adds to the total and returns it.
//
//go:wasmexport add
func add(amount int32) int32 {
	total += amount
	return total
}

// report prints the total to stdout.
//
//go:wasmexport report
func report() {
	fmt.Println("total", total)
}

func main() {}

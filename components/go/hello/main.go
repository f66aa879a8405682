// Command hello greets its arguments, and shows what a Go program sees of its host: the environment, stdin and files.
//
//	hello [WORD]...      greets each word, or the world
//	hello -env NAME      prints a variable
//	hello -stdin         copies stdin to stdout
//	hello -read PATH     prints a file
//	hello -list PATH     prints the names in a directory
//	hello -exit CODE     exits with CODE
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	env := flag.String("env", "", "print this variable")
	stdin := flag.Bool("stdin", false, "copy stdin to stdout")
	read := flag.String("read", "", "print this file")
	list := flag.String("list", "", "print the names in this directory")
	exit := flag.Int("exit", 0, "exit with this code")
	flag.Parse()

	var err error
	switch {
	case *env != "":
		fmt.Println(os.Getenv(*env))
	case *stdin:
		_, err = io.Copy(os.Stdout, os.Stdin)
	case *read != "":
		err = printFile(*read)
	case *list != "":
		err = printNames(*list)
	case *exit != 0:
		os.Exit(*exit)
	default:
		greet(flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func greet(words []string) {
	if len(words) == 0 {
		words = []string{"world"}
	}
	for _, word := range words {
		fmt.Printf("hello, %s!\n", word)
	}
}

func printFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(os.Stdout, file)
	return err
}

func printNames(path string) error {
	entries, err := os.ReadDir(path)
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	return err
}

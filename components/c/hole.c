/* A Gopher hole: a menu, a text behind "/about", and a search behind "/find". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    const char *selector = getenv("SELECTOR");
    const char *query = getenv("SEARCHREQUEST");
    if (!selector || !*selector || strcmp(selector, "/") == 0) {
        puts("Welcome to the hole");
        puts("0About\t/about");
        puts("7Find\t/find");
        puts("1Elsewhere\t/\texample.com\t70");
    } else if (strcmp(selector, "/about") == 0) {
        puts("Every route is a program.");
        puts(".This line starts with a dot.");
    } else if (strcmp(selector, "/find") == 0) {
        printf("0Found: %s\t/about\n", query ? query : "");
    } else {
        fprintf(stderr, "there is nothing at %s\n", selector);
        return 1;
    }
    return 0;
}

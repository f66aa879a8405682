/* Exits with the code that its argument says; without one, with the number of bytes on stdin (modulo 256). */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc > 1) return atoi(argv[1]);
    int count = 0;
    while (getchar() != EOF) count++;
    return count & 255;
}

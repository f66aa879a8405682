/* The filter of the seed's echo server, which is run for each line: capitals. "exit N" ends with that status. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    static char line[65536];
    size_t count = fread(line, 1, sizeof line - 1, stdin);
    if (strncmp(line, "exit ", 5) == 0) exit(atoi(line + 5));
    for (size_t i = 0; i < count; i++) line[i] = (char)toupper((unsigned char)line[i]);
    return fwrite(line, 1, count, stdout) != count;
}

/* Copies the files that its arguments name to stdout, or stdin if there are none or where the name is "-". */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int copy(FILE *from) {
    char buffer[16384];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, from)) > 0)
        if (fwrite(buffer, 1, count, stdout) != count) return -1;
    return ferror(from) ? -1 : 0;
}

static int copy_named(const char *name) {
    if (strcmp(name, "-") == 0) return copy(stdin);
    FILE *file = fopen(name, "rb");
    if (!file) return -1;
    int result = copy(file);
    fclose(file);
    return result;
}

int main(int argc, char **argv) {
    int status = 0;
    if (argc < 2) status = copy(stdin) != 0;
    for (int i = 1; i < argc; i++)
        if (copy_named(argv[i]) != 0) {
            fprintf(stderr, "cat: %s: %s\n", argv[i], strerror(errno));
            status = 1;
        }
    return status;
}

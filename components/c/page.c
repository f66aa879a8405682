/* A page as Wagi has it: CGI. It shows its words, its variables that matter, and what was sent to it. */
#include <stdio.h>
#include <stdlib.h>

static const char *get(const char *name) {
    const char *value = getenv(name);
    return value ? value : "(none)";
}

int main(int argc, char **argv) {
    static const char *const shown[] = {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH", "REMOTE_ADDR",
        "SERVER_NAME", "SERVER_PORT", "X_MATCHED_ROUTE", "HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_COOKIE",
    };
    printf("Content-Type: text/plain\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n");
    for (int i = 0; i < argc; i++) printf("argv %s\n", argv[i]);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) printf("%s %s\n", shown[i], get(shown[i]));
    fflush(stdout);

    char buffer[16384];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0) {
        fwrite(buffer, 1, count, stdout);
        fflush(stdout);
    }
    return 0;
}

// Writes TEXT so often to FILE, opened for both, and prints what it then reads and how much that was:
// `talk FILE TEXT [TIMES [MODE]]`. MODE `twice` does it all again, `mute` reads nothing, `create` makes the file.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[65536];

static int talk(const char *file, const char *text, int times, int mute, int create) {
  int fd = open(file, create ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR, 0600);
  if (fd < 0) return perror("open"), 2;
  size_t length = strlen(text);
  for (int i = 0; i < times; i++) {
    for (size_t at = 0; at < length;) {
      ssize_t count = write(fd, text + at, length - at);
      if (count < 0) return perror("write"), 3;
      at += count;
    }
  }
  if (!mute) {
    size_t total = 0;
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) > 0) {
      if (times < 10) fwrite(buffer, 1, count, stdout);
      total += count;
    }
    if (count < 0) return perror("read"), 4;
    printf("[%zu]\n", total);
  }
  if (close(fd) < 0) return perror("close"), 5;
  return 0;
}

int main(int argc, char **argv) {
  int times = argc > 3 ? atoi(argv[3]) : 1;
  const char *mode = argc > 4 ? argv[4] : "";
  int code = talk(argv[1], argv[2], times, !strcmp(mode, "mute"), !strcmp(mode, "create"));
  if (!code && !strcmp(mode, "twice")) code = talk(argv[1], argv[2], times, 0, 0);
  return code;
}

// Writes TEXT so often to FILE, opened for both, and prints what it then reads and how much that was:
// `talk FILE TEXT [TIMES [MODE]]`. MODE `twice` does it all again, `mute` reads nothing, `leave` doesn't close it either, `create`
// makes the file, `new` only if it isn't there, `many` says how often it can be opened at once.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[65536];

static int talk(const char *file, const char *text, int times, int mute, int leave, int flags) {
  int fd = open(file, O_RDWR | flags, 0600);
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
  if (leave) return 0;
  if (close(fd) < 0) return perror("close"), 5;
  return 0;
}

static int many(const char *file) {
  int count = 0;
  while (count < 1000 && open(file, O_RDWR) >= 0) count++;
  printf("%d\n", count);
  return 0;
}

int main(int argc, char **argv) {
  int times = argc > 3 ? atoi(argv[3]) : 1;
  const char *mode = argc > 4 ? argv[4] : "";
  if (!strcmp(mode, "many")) return many(argv[1]);
  int leave = !strcmp(mode, "leave");
  int flags = !strcmp(mode, "create") ? O_CREAT | O_TRUNC : !strcmp(mode, "new") ? O_CREAT | O_EXCL : 0;
  int code = talk(argv[1], argv[2], times, leave || !strcmp(mode, "mute"), leave, flags);
  if (!code && !strcmp(mode, "twice")) code = talk(argv[1], argv[2], times, 0, 0, 0);
  return code;
}

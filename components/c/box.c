// File commands in a row, in one process: `box CMD ARGS , CMD ARGS , …`. Each says what went wrong by errno's text; the exit
// code is how many did. With them a tree can be copied, sorted and searched wherever it is mounted.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[65536];

static int failed(const char *what) { return printf("%s: %s\n", what, strerror(errno)), 1; }

static int by_name(const void *one, const void *other) { return strcmp(*(char **)one, *(char **)other); }

// The lines of a file, or the names in a directory.
static char **lines(const char *path, size_t *count, int names) {
  char **all = 0;
  *count = 0;
  DIR *directory = names ? opendir(path) : 0;
  FILE *file = names ? 0 : fopen(path, "r");
  if (!directory && !file) return 0;
  for (;;) {
    char *line = buffer;
    if (names) {
      struct dirent *entry = readdir(directory);
      if (!entry) break;
      if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
      line = entry->d_name;
    } else if (!fgets(buffer, sizeof buffer, file)) {
      break;
    }
    all = realloc(all, (*count + 1) * sizeof *all);
    all[(*count)++] = strdup(line);
  }
  if (names) closedir(directory);
  else fclose(file);
  return all ? all : malloc(1);
}

static int cat(const char *path) {
  int fd = open(path, O_RDONLY), count;
  if (fd < 0) return failed("open");
  while ((count = read(fd, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, count, stdout);
  if (count < 0) return close(fd), failed("read");
  return close(fd), 0;
}

static int put(const char *path, const char *text, int flags) {
  int fd = open(path, O_WRONLY | flags, 0666), bad = 0;
  if (fd < 0) return failed("open");
  size_t length = strlen(text);
  for (size_t at = 0; at < length && !bad;) {
    ssize_t count = write(fd, text + at, length - at);
    if (count < 0) bad = failed("write");
    else at += count;
  }
  return close(fd), bad;
}

// Writes so many MiB, and says how many were.
static int fill(const char *path, int most) {
  int fd = open(path, O_WRONLY | O_CREAT, 0666), bad = 0;
  if (fd < 0) return failed("open");
  long long done = 0;
  while (done < (long long)most << 20) {
    ssize_t count = write(fd, buffer, sizeof buffer);
    if (count < 0) { bad = failed("write"); break; }
    done += count;
  }
  printf("%lld\n", done >> 20);
  return close(fd), bad;
}

static int copy(const char *from, const char *to) {
  struct stat meta;
  if (lstat(from, &meta)) return failed("lstat");
  if (S_ISLNK(meta.st_mode)) {
    ssize_t length = readlink(from, buffer, sizeof buffer - 1);
    if (length < 0) return failed("readlink");
    buffer[length] = 0;
    return symlink(buffer, to) ? failed("symlink") : 0;
  }
  if (!S_ISDIR(meta.st_mode)) {
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666), count;
    if (in < 0 || out < 0) return failed("open");
    while ((count = read(in, buffer, sizeof buffer)) > 0)
      if (write(out, buffer, count) != count) return failed("write");
    return close(in), close(out), count < 0 ? failed("read") : 0;
  }
  if (mkdir(to, 0777) && errno != EEXIST) return failed("mkdir");
  size_t count;
  char **names = lines(from, &count, 1);
  if (!names) return failed("opendir");
  int bad = 0;
  for (size_t i = 0; i < count; i++) {
    char one[4096], other[4096];
    snprintf(one, sizeof one, "%s/%s", from, names[i]);
    snprintf(other, sizeof other, "%s/%s", to, names[i]);
    bad += copy(one, other);
  }
  return bad;
}

static int sorted(const char *path, int names) {
  size_t count;
  char **all = lines(path, &count, names);
  if (!all) return failed(names ? "opendir" : "open");
  qsort(all, count, sizeof *all, by_name);
  for (size_t i = 0; i < count; i++) printf(names ? "%s\n" : "%s", all[i]);
  return 0;
}

static int grep(const char *word, const char *path) {
  struct stat meta;
  if (stat(path, &meta)) return failed("stat");
  size_t count;
  char **all = lines(path, &count, S_ISDIR(meta.st_mode));
  if (!all) return failed("open");
  if (S_ISDIR(meta.st_mode)) qsort(all, count, sizeof *all, by_name);
  int bad = 0;
  for (size_t i = 0; i < count; i++) {
    char inner[4096];
    snprintf(inner, sizeof inner, "%s/%s", path, all[i]);
    if (S_ISDIR(meta.st_mode)) bad += grep(word, inner);
    else if (strstr(all[i], word)) printf("%s: %s", path, all[i]);
  }
  return bad;
}

static int status(const char *path, int follow) {
  struct stat meta;
  if (follow ? stat(path, &meta) : lstat(path, &meta)) return failed("stat");
  const char *kind = S_ISDIR(meta.st_mode) ? "directory" : S_ISLNK(meta.st_mode) ? "link" : S_ISREG(meta.st_mode) ? "file" : S_ISCHR(meta.st_mode) ? "device" : "unknown";
  return printf("%s %lld %d\n", kind, S_ISDIR(meta.st_mode) ? 0LL : (long long)meta.st_size, (int)meta.st_nlink), 0;
}

// Opens a file, removes it, writes, seeks and reads.
static int unlinked(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT, 0666);
  if (fd < 0) return failed("open");
  if (unlink(path)) return failed("unlink");
  if (write(fd, "still here\n", 11) != 11) return failed("write");
  if (lseek(fd, 6, SEEK_SET) != 6) return failed("seek");
  int count = read(fd, buffer, sizeof buffer);
  if (count < 0) return failed("read");
  fwrite(buffer, 1, count, stdout);
  struct stat meta;
  if (fstat(fd, &meta)) return failed("fstat");
  return printf("%lld %d %s\n", (long long)meta.st_size, (int)meta.st_nlink, access(path, F_OK) ? "gone" : "there"), close(fd), 0;
}

// Makes so many files and removes each while the directory is being read.
static int churn(const char *path, int most) {
  char name[4096];
  for (int i = 0; i < most; i++) {
    snprintf(name, sizeof name, "%s/%d", path, i);
    if (put(name, "", O_CREAT | O_EXCL)) return 1;
  }
  DIR *directory = opendir(path);
  if (!directory) return failed("opendir");
  int seen = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    if (unlink(name)) return failed("unlink");
    seen++;
  }
  closedir(directory);
  return printf("%d\n", seen), 0;
}

static int at(const char *path, const char *offset, const char *text) {
  int fd = open(path, O_RDWR | O_CREAT, 0666), bad = 0;
  if (fd < 0) return failed("open");
  if (pwrite(fd, text, strlen(text), atoll(offset)) < 0) bad = failed("pwrite");
  return close(fd), bad;
}

static int ready(const char *path) {
  struct pollfd one = {open(path, O_RDWR), POLLIN | POLLOUT, 0};
  if (one.fd < 0) return failed("open");
  if (poll(&one, 1, 5000) < 0) return failed("poll");
  return printf("%s%s\n", one.revents & POLLIN ? "in" : "", one.revents & POLLOUT ? "out" : ""), close(one.fd), 0;
}

static int seek(const char *path) {
  int fd = open(path, O_RDWR);
  if (fd < 0) return failed("open");
  off_t end = lseek(fd, 0, SEEK_END);
  return close(fd), end < 0 ? failed("seek") : (printf("%lld\n", (long long)end), 0);
}

static int talk(const char *path, const char *text) {
  int fd = open(path, O_RDWR), count;
  if (fd < 0) return failed("open");
  if (write(fd, text, strlen(text)) < 0) return failed("write");
  while ((count = read(fd, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, count, stdout);
  return close(fd), count < 0 ? failed("read") : 0;
}

static int run(int argc, char **argv) {
  const char *command = argv[0], *a = argc > 1 ? argv[1] : "", *b = argc > 2 ? argv[2] : "", *c = argc > 3 ? argv[3] : "";
  if (!strcmp(command, "cat")) return cat(a);
  if (!strcmp(command, "write")) return put(a, b, O_CREAT | O_TRUNC);
  if (!strcmp(command, "append")) return put(a, b, O_CREAT | O_APPEND);
  if (!strcmp(command, "new")) return put(a, b, O_CREAT | O_EXCL);
  if (!strcmp(command, "over")) return put(a, b, 0);
  if (!strcmp(command, "at")) return at(a, b, c);
  if (!strcmp(command, "fill")) return fill(a, atoi(b));
  if (!strcmp(command, "cp")) return copy(a, b);
  if (!strcmp(command, "ls")) return sorted(a, 1);
  if (!strcmp(command, "sort")) return sorted(a, 0);
  if (!strcmp(command, "grep")) return grep(a, b);
  if (!strcmp(command, "stat")) return status(a, 1);
  if (!strcmp(command, "lstat")) return status(a, 0);
  if (!strcmp(command, "unlinked")) return unlinked(a);
  if (!strcmp(command, "churn")) return churn(a, atoi(b));
  if (!strcmp(command, "poll")) return ready(a);
  if (!strcmp(command, "seek")) return seek(a);
  if (!strcmp(command, "talk")) return talk(a, b);
  if (!strcmp(command, "mkdir")) return mkdir(a, 0777) ? failed("mkdir") : 0;
  if (!strcmp(command, "rmdir")) return rmdir(a) ? failed("rmdir") : 0;
  if (!strcmp(command, "rm")) return unlink(a) ? failed("rm") : 0;
  if (!strcmp(command, "mv")) return rename(a, b) ? failed("mv") : 0;
  if (!strcmp(command, "ln")) return link(a, b) ? failed("ln") : 0;
  if (!strcmp(command, "symlink")) return symlink(a, b) ? failed("symlink") : 0;
  if (!strcmp(command, "truncate")) {
    int fd = open(a, O_WRONLY), bad = fd < 0 || ftruncate(fd, atoll(b)) ? failed("truncate") : 0;
    return close(fd), bad;
  }
  if (!strcmp(command, "touch")) {
    struct timespec times[2] = {{1, 0}, {atoll(b), 0}};
    return utimensat(AT_FDCWD, a, times, 0) ? failed("touch") : 0;
  }
  if (!strcmp(command, "changed")) {
    struct stat meta;
    return stat(a, &meta) ? failed("stat") : (printf("%lld\n", (long long)meta.st_mtim.tv_sec), 0);
  }
  if (!strcmp(command, "readlink")) {
    ssize_t length = readlink(a, buffer, sizeof buffer);
    return length < 0 ? failed("readlink") : (printf("%.*s\n", (int)length, buffer), 0);
  }
  return printf("%s: no such command\n", command), 1;
}

int main(int argc, char **argv) {
  int bad = 0, first = 1;
  for (int i = 1; i <= argc; i++) {
    if (i < argc && strcmp(argv[i], ",")) continue;
    if (i > first) bad += run(i - first, argv + first);
    first = i + 1;
  }
  fflush(stdout);
  return bad;
}

// Makes the calls of one process to one directory fail, stop short or take long, as a rule says that may change at any time.
//
//   LD_PRELOAD=<this>.so FAULT_DIRECTORY=/journal FAULT_RULE=/rule FAULT_LOG=/log <a program>
//
// The rule is one line, `<call> <action> <from> <count>`: of the calls of that name the `from`th and the `count - 1` after it,
// counted from when the rule was written. <call> is what `fate` is given below, `sync` for fsync and fdatasync, or `any`. <action> is
// the name of an error, `short` (half of a write is done) or `delay:<ms>`. The log has a line for each call that went by:
// `<call> <path> <action> <thread>`, the action `-` if it was let through, the thread `main` or `other`.
//
// A sync that fails drops what was not synced before, as the kernel does with pages it could not write: a second sync of the same
// file succeeds, and the data is gone. One that was merely interrupted drops nothing.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_PATH 4096
#define MAX_DESCRIPTORS 4096
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

enum { PASS = 0, SHORT = -1 };

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char last_rule[128];
static long seen;
/** How much of each open file is known to be on the disk. */
static off_t synced[MAX_DESCRIPTORS];

static const struct { const char *name; int number; } errors[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EACCES", EACCES}, {"EINTR", EINTR}, {"EROFS", EROFS},
};

// The files of this library itself are read and written past it.
static long raw_open(const char *path, int flags) { return syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }

static void read_rule(char *rule, size_t size) {
  rule[0] = 0;
  const char *path = getenv("FAULT_RULE");
  int file = path ? raw_open(path, O_RDONLY) : -1;
  if (file < 0) return;
  long count = syscall(SYS_read, file, rule, size - 1);
  rule[count > 0 ? count : 0] = 0;
  syscall(SYS_close, file);
}

static void write_log(const char *call, const char *path, const char *action) {
  const char *log = getenv("FAULT_LOG");
  int file = log ? raw_open(log, O_WRONLY | O_APPEND | O_CREAT) : -1;
  if (file < 0) return;
  char line[MAX_PATH + 64];
  const char *thread = syscall(SYS_gettid) == getpid() ? "main" : "other";
  int length = snprintf(line, sizeof line, "%s %s %s %s\n", call, path, action, thread);
  syscall(SYS_write, file, line, length);
  syscall(SYS_close, file);
}

static int is_watched(const char *path) {
  const char *directory = getenv("FAULT_DIRECTORY");
  return directory && path && strncmp(path, directory, strlen(directory)) == 0;
}

static int path_of(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  long length = syscall(SYS_readlink, link, path, MAX_PATH - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_watched(path);
}

static int is_meant(const char *name, const char *call) {
  if (strcmp(name, "any") == 0 || strcmp(name, call) == 0) return 1;
  return strcmp(name, "sync") == 0 && (strcmp(call, "fsync") == 0 || strcmp(call, "fdatasync") == 0);
}

/** What becomes of this call: PASS, SHORT, or the number of an error. */
static int fate(const char *call, const char *path) {
  char rule[128], name[32] = "", action[32] = "";
  long from = 0, count = 0;
  pthread_mutex_lock(&guard);
  read_rule(rule, sizeof rule);
  if (strcmp(rule, last_rule) != 0) {
    strcpy(last_rule, rule);
    seen = 0;
  }
  int is_hit = 0;
  if (sscanf(rule, "%31s %31s %ld %ld", name, action, &from, &count) == 4 && is_meant(name, call)) {
    seen++;
    is_hit = seen >= from && seen < from + count;
  }
  write_log(call, path, is_hit ? action : "-");
  pthread_mutex_unlock(&guard);
  if (!is_hit) return PASS;
  if (strcmp(action, "short") == 0) return SHORT;
  if (strncmp(action, "delay:", 6) == 0) usleep(atol(action + 6) * 1000);
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strcmp(errors[i].name, action) == 0) return errors[i].number;
  return PASS;
}

#define FAIL_IF(is_meant, call, path) \
  if (is_meant) { \
    int error = fate(call, path); \
    if (error > 0) { \
      errno = error; \
      return -1; \
    } \
  }
#define FAIL_BY_PATH(call, path) FAIL_IF(is_watched(path), call, path)
#define FAIL_BY_DESCRIPTOR(call, descriptor) \
  char path[MAX_PATH]; \
  FAIL_IF(path_of(descriptor, path), call, path)

static int remember(int descriptor) {
  struct stat stat;
  if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS && fstat(descriptor, &stat) == 0) synced[descriptor] = stat.st_size;
  return descriptor;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    int mode = flags & O_CREAT ? va_arg(rest, int) : 0; \
    va_end(rest); \
    FAIL_BY_PATH("open", path) \
    return remember(real(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int descriptor, const void *bytes, size_t size) {
  REAL(write);
  char path[MAX_PATH];
  if (!path_of(descriptor, path)) return real(descriptor, bytes, size);
  int error = fate("write", path);
  if (error > 0) {
    errno = error;
    return -1;
  }
  return real(descriptor, bytes, error == SHORT && size > 1 ? size / 2 : size);
}

ssize_t pread64(int descriptor, void *bytes, size_t size, off64_t offset) {
  REAL(pread64);
  FAIL_BY_DESCRIPTOR("read", descriptor)
  return real(descriptor, bytes, size, offset);
}

ssize_t read(int descriptor, void *bytes, size_t size) {
  REAL(read);
  FAIL_BY_DESCRIPTOR("read", descriptor)
  return real(descriptor, bytes, size);
}

static int sync_or_drop(const char *call, int descriptor, int (*real)(int)) {
  char path[MAX_PATH];
  if (!path_of(descriptor, path)) return real(descriptor);
  int error = fate(call, path);
  struct stat stat;
  int is_file = fstat(descriptor, &stat) == 0 && S_ISREG(stat.st_mode) && descriptor < MAX_DESCRIPTORS;
  if (error <= 0) {
    int result = real(descriptor);
    if (result == 0 && is_file) synced[descriptor] = stat.st_size;
    return result;
  }
  if (error != EINTR && is_file && stat.st_size > synced[descriptor])
    fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, synced[descriptor], stat.st_size - synced[descriptor]);
  errno = error;
  return -1;
}

int fsync(int descriptor) {
  REAL(fsync);
  return sync_or_drop("fsync", descriptor, real);
}

int fdatasync(int descriptor) {
  REAL(fdatasync);
  return sync_or_drop("fdatasync", descriptor, real);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  FAIL_BY_PATH("rename", from)
  return real(from, to);
}

int unlink(const char *path) {
  REAL(unlink);
  FAIL_BY_PATH("unlink", path)
  return real(path);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  FAIL_BY_PATH("mkdir", path)
  return real(path, mode);
}

int statfs64(const char *path, struct statfs64 *buffer) {
  REAL(statfs64);
  FAIL_BY_PATH("statfs", path)
  return real(path, buffer);
}

int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
  REAL(scandir64);
  FAIL_BY_PATH("readdir", path)
  return real(path, names, filter, compare);
}

int fcntl64(int descriptor, int command, ...) {
  REAL(fcntl64);
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (command == F_SETLK || command == F_SETLKW) {
    FAIL_BY_DESCRIPTOR("lock", descriptor)
  }
  return real(descriptor, command, argument);
}

// libuv makes these two past the C library's own functions.
long syscall(long number, ...) {
  REAL(syscall);
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long), e = va_arg(rest, long),
       f = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_statx && *(const char *)b) {
    FAIL_BY_PATH("stat", (const char *)b)
  } else if (number == SYS_statx) {
    FAIL_BY_DESCRIPTOR("stat", (int)a)
  } else if (number == SYS_close) {
    char path[MAX_PATH];
    int error = path_of((int)a, path) ? fate("close", path) : PASS;
    long result = real(number, a, b, c, d, e, f);
    if (error <= 0) return result;
    errno = error;
    return -1;
  }
  return real(number, a, b, c, d, e, f);
}

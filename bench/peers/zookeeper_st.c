/*
 * libzookeeper_st, ZooKeeper's own client in C without threads, in its own loop of interest, poll
 * and process. The arguments are those of ../task.ts, the line it prints is ../meter.ts's.
 *
 * Build: cc -O2 zookeeper_st.c -o zookeeper_st -lzookeeper_st
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

enum { MULTI_LENGTH = 10, TIMED_EACH = 16, LATENCIES_MAX = 1 << 22 };

typedef struct {
  int timed;
  double start;
  char path[32];
  zoo_op_result_t results[MULTI_LENGTH];
} Chain;

static zhandle_t *zh;
static const char *operation;
static char path[32], *data;
static int size, connected, over, running;
static zoo_op_t ops[MULTI_LENGTH];
static double seconds, from, until = INFINITY, cpu_at_start, *latencies;
static long done, timed;

static void submit(Chain *chain);

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void print_percentile(const char *name, double share) {
  if (timed * (1 - share) < 1 - 1e-9) printf("\"%s\":null,", name);
  else printf("\"%s\":%.3f,", name, 1e6 * latencies[(long)ceil(share * timed) - 1]);
}

/* What getrusage says begins with what the process that started this one had. */
static double peak_megabytes(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kilobytes = 0;
  struct rusage u;
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kilobytes);
  if (status) fclose(status);
  getrusage(RUSAGE_SELF, &u);
  return (kilobytes ? kilobytes : u.ru_maxrss) / 1024.0;
}

static void end(double at) {
  double used = cpu() - cpu_at_start;
  qsort(latencies, timed, sizeof *latencies, ascending);
  printf("{\"rate\":%.3f,\"cpu\":%.3f,", done / (at - from), 1e6 * used / done);
  print_percentile("p50", 0.5);
  print_percentile("p99", 0.99);
  printf("\"rss\":%.3f}\n", peak_megabytes());
  over = 1;
}

static void lap(Chain *chain) {
  double at = now();
  if (at >= until) return end(at);
  if (until < INFINITY) {
    if (timed < LATENCIES_MAX) latencies[timed++] = at - chain->start;
  } else if (at >= from) {
    from = at, until = at + seconds, cpu_at_start = cpu(), done = 0;
  }
  chain->start = at;
}

static void finished(int rc, const void *chain) {
  if (rc) fprintf(stderr, "An operation failed with %d\n", rc), exit(1);
  done++;
  if (((Chain *)chain)->timed && !over) lap((Chain *)chain);
  if (over) running--;
  else submit((Chain *)chain);
}

static void on_data(int rc, const char *value, int length, const struct Stat *stat, const void *c) {
  (void)value, (void)length, (void)stat;
  finished(rc, c);
}
static void on_stat(int rc, const struct Stat *stat, const void *c) { (void)stat, finished(rc, c); }
static void on_strings(int rc, const struct String_vector *names, const void *c) {
  (void)names, finished(rc, c);
}
static void on_deleted(int rc, const void *c) { finished(rc, c); }
static void on_created(int rc, const char *created, const void *c) {
  (void)created;
  if (rc) finished(rc, c);
  else zoo_adelete(zh, ((Chain *)c)->path, -1, on_deleted, c);
}
static void on_multi(int rc, const void *c) { finished(rc, c); }
static void on_watch(zhandle_t *z, int type, int state, const char *at, void *context) {
  (void)z, (void)type, (void)state, (void)at, (void)context;
}
static void on_session(zhandle_t *z, int type, int state, const char *at, void *context) {
  (void)z, (void)at, (void)context;
  if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE) connected = 1;
}

static void submit(Chain *chain) {
  switch (operation[0]) {
  case 'g': zoo_aget(zh, path, 0, on_data, chain); break;
  case 's': zoo_aset(zh, path, data, size, -1, on_stat, chain); break;
  case 'e': zoo_awexists(zh, path, on_watch, NULL, on_stat, chain); break;
  case 'm': zoo_amulti(zh, MULTI_LENGTH, ops, chain->results, on_multi, chain); break;
  case 'c':
    if (operation[1] == 'h') zoo_aget_children(zh, "/bench/c1000", 0, on_strings, chain);
    else zoo_acreate(zh, chain->path, data, size, &ZOO_OPEN_ACL_UNSAFE, 0, on_created, chain);
  }
}

static void turn(void) {
  int fd, interest;
  struct timeval tv;
  zookeeper_interest(zh, &fd, &interest, &tv);
  short events = (interest & ZOOKEEPER_READ ? POLLIN : 0) | (interest & ZOOKEEPER_WRITE ? POLLOUT : 0);
  struct pollfd p = {fd, events, 0};
  poll(&p, fd >= 0, tv.tv_sec * 1000 + tv.tv_usec / 1000);
  int readable = p.revents & (POLLIN | POLLHUP) ? ZOOKEEPER_READ : 0;
  zookeeper_process(zh, readable | (p.revents & POLLOUT ? ZOOKEEPER_WRITE : 0));
}

int main(int argc, char **argv) {
  if (argc != 6) return fprintf(stderr, "Usage: HOST:PORT OPERATION DEPTH SIZE SECONDS\n"), 2;
  int depth = atoi(argv[3]);
  operation = argv[2], size = atoi(argv[4]), seconds = atof(argv[5]);
  snprintf(path, sizeof path, "/bench/d%d", size);
  data = calloc(1, size + 1);
  latencies = malloc(LATENCIES_MAX * sizeof *latencies);
  for (int i = 0; i < MULTI_LENGTH; i++) zoo_set_op_init(ops + i, path, data, size, -1, NULL);
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zh = zookeeper_init(argv[1], on_session, 30000, 0, 0, 0);
  while (!connected) turn();

  Chain *chains = calloc(depth, sizeof *chains);
  running = depth;
  from = now() + 0.75 * seconds;
  for (int i = 0; i < depth; i++) {
    chains[i].timed = i % TIMED_EACH == 0;
    chains[i].start = now();
    snprintf(chains[i].path, sizeof chains[i].path, "/bench/w%d", i);
    submit(chains + i);
  }
  /* What is under way is waited for: a znode that was created is deleted, too. */
  while (running > 0) turn();
  zookeeper_close(zh);
  return 0;
}

/*
 * A server that answers every ZooKeeper request with a canned reply at memory speed, so that only
 * the client is measured. The number at the end of a request's path says how much is answered: so
 * many bytes of data to getData, so many names to getChildren. What a multi has is taken for
 * setData. null_server.ts does the same where there is no C compiler.
 *
 * Usage: null_server PORT          build: cc -O2 null_server.c -o null_server -lpthread
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CREATE = 1, DELETE = 2, EXISTS = 3, GET_DATA = 4, SET_DATA = 5, GET_CHILDREN = 8 };
enum { PING = 11, GET_CHILDREN2 = 12, MULTI = 14, CLOSE = -11 };
/* Room for the longest request, and for the longest reply that has no data of a stated size. */
enum { IN_SIZE = 4 << 20, OUT_SIZE = 1 << 20, REPLY_MAX = 64 << 10, NAME_SIZE = 10 };

typedef struct {
  int fd, connected, failed;
  size_t filled;
  unsigned char *in, *out;
} Session;

static uint32_t get32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void flush(Session *s) {
  for (size_t sent = 0; sent < s->filled && !s->failed;) {
    ssize_t count = write(s->fd, s->out + sent, s->filled - sent);
    if (count <= 0) s->failed = 1;
    else sent += count;
  }
  s->filled = 0;
}

static void put32(Session *s, uint32_t value) {
  unsigned char *p = s->out + s->filled;
  p[0] = value >> 24, p[1] = value >> 16, p[2] = value >> 8, p[3] = value;
  s->filled += 4;
}

static void put64(Session *s, uint64_t value) {
  put32(s, value >> 32);
  put32(s, (uint32_t)value);
}

static void put_bytes(Session *s, const unsigned char *bytes, size_t length) {
  memcpy(s->out + s->filled, bytes, length);
  s->filled += length;
}

static void put_zeros(Session *s, size_t length) {
  while (length > 0 && !s->failed) {
    if (s->filled == OUT_SIZE) flush(s);
    size_t part = length < OUT_SIZE - s->filled ? length : OUT_SIZE - s->filled;
    memset(s->out + s->filled, 0, part);
    s->filled += part;
    length -= part;
  }
}

static void put_stat(Session *s, uint32_t size, uint32_t children) {
  if (OUT_SIZE - s->filled < REPLY_MAX) flush(s);
  put64(s, 0x100000002), put64(s, 0x100000003);
  put64(s, 1700000000000), put64(s, 1700000000001);
  put32(s, 7), put32(s, 3), put32(s, 0);
  put64(s, 0);
  put32(s, size), put32(s, children);
  put64(s, 0x100000002);
}

static void put_header(Session *s, const unsigned char *request, uint32_t body) {
  put32(s, 16 + body);
  put32(s, get32(request));
  put64(s, 0x100000004);
  put32(s, 0);
}

static void reply_children(Session *s, const unsigned char *request, uint32_t count, int stat) {
  put_header(s, request, 4 + count * (4 + NAME_SIZE) + (stat ? 68 : 0));
  put32(s, count);
  for (uint32_t i = 0; i < count; i++) {
    if (OUT_SIZE - s->filled < REPLY_MAX) flush(s);
    put32(s, NAME_SIZE);
    unsigned char name[NAME_SIZE] = "child-0000";
    for (uint32_t at = NAME_SIZE - 1, rest = i; rest > 0; rest /= 10) name[at--] += rest % 10;
    put_bytes(s, name, NAME_SIZE);
  }
  if (stat) put_stat(s, 0, count);
}

/* Each operation stands behind a header of 9 bytes, the last one's says that it is the end. */
static void reply_multi(Session *s, const unsigned char *request) {
  uint32_t count = 0;
  for (const unsigned char *op = request + 8; !op[4]; count++) {
    op += 9;
    op += 4 + get32(op); /* path */
    op += 4 + get32(op) + 4; /* data and version */
  }
  put_header(s, request, count * (9 + 68) + 9);
  for (uint32_t i = 0; i < count; i++) {
    if (OUT_SIZE - s->filled < REPLY_MAX) flush(s);
    put32(s, SET_DATA), put_zeros(s, 5), put_stat(s, 0, 0);
  }
  put32(s, -1), put_zeros(s, 1), put32(s, -1), s->out[s->filled - 5] = 1;
}

static uint32_t number_at_end(const unsigned char *path, uint32_t length) {
  uint32_t number = 0, unit = 1;
  for (; length > 0 && path[length - 1] >= '0' && path[length - 1] <= '9'; length--, unit *= 10) {
    number += unit * (path[length - 1] - '0');
  }
  return number;
}

static void reply(Session *s, const unsigned char *request, uint32_t length) {
  int32_t type = get32(request + 4);
  if (OUT_SIZE - s->filled < REPLY_MAX) flush(s);
  if (type == PING || type == CLOSE || type == DELETE) return put_header(s, request, 0);
  if (type == MULTI) return reply_multi(s, request);
  if (length < 12) return put_header(s, request, 0);
  uint32_t path = get32(request + 8), number = number_at_end(request + 12, path);
  switch (type) {
  case CREATE:
    put_header(s, request, 4 + path);
    return put_bytes(s, request + 8, 4 + path);
  case GET_DATA:
    put_header(s, request, 4 + number + 68);
    put32(s, number);
    put_zeros(s, number);
    return put_stat(s, number, 0);
  case GET_CHILDREN:
  case GET_CHILDREN2:
    return reply_children(s, request, number, type == GET_CHILDREN2);
  default:
    put_header(s, request, 68);
    return put_stat(s, number, 0);
  }
}

static void reply_connect(Session *s, const unsigned char *request) {
  s->connected = 1;
  put32(s, 37);
  put32(s, 0);
  put32(s, get32(request + 12)); /* the timeout asked for */
  put64(s, 7); /* the session's id */
  put32(s, 16); /* its password */
  put_zeros(s, 17);
}

static void *serve(void *arg) {
  Session *s = arg;
  size_t have = 0;
  for (ssize_t count; !s->failed && (count = read(s->fd, s->in + have, IN_SIZE - have)) > 0;) {
    have += count;
    size_t at = 0;
    while (have - at >= 4 && have - at >= 4 + (size_t)get32(s->in + at)) {
      uint32_t length = get32(s->in + at);
      if (s->connected) reply(s, s->in + at + 4, length);
      else reply_connect(s, s->in + at + 4);
      at += 4 + length;
    }
    memmove(s->in, s->in + at, have - at);
    have -= at;
    flush(s);
  }
  close(s->fd);
  free(s->in), free(s->out), free(s);
  return NULL;
}

int main(int argc, char **argv) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (argc != 2) return fprintf(stderr, "Usage: null_server PORT\n"), 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) {
    return perror("null_server"), 1;
  }
  for (;;) {
    Session *s = calloc(1, sizeof *s);
    s->fd = accept(listener, NULL, NULL);
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->in = malloc(IN_SIZE), s->out = malloc(OUT_SIZE);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, s)) return perror("null_server"), 1;
    pthread_detach(thread);
  }
}

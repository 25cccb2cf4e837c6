/* ZooKeeper as the programs use it: one session, one thread, and a loop that others share. */
#pragma once
#include <poll.h>
#include <sys/time.h>
#include <zookeeper/zookeeper.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

class Registry {
 public:
  explicit Registry(const std::string& hosts) {
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zh_ = zookeeper_init(hosts.c_str(), nullptr, 30000, nullptr, nullptr, 0);
    if (zh_ == nullptr) fail("zookeeper_init", 0);
    until([&] { return zoo_state(zh_) == ZOO_CONNECTED_STATE; });
  }
  ~Registry() { zookeeper_close(zh_); }

  /* Creates a znode that there is not; one that there is stays as it is. */
  void create(const std::string& path, const std::string& data, int flags) {
    int rc = 1;
    zoo_acreate(zh_, path.c_str(), data.empty() ? nullptr : data.data(),
                data.empty() ? -1 : static_cast<int>(data.size()), &ZOO_OPEN_ACL_UNSAFE, flags,
                [](int rc, const char*, const void* to) { *(int*)to = rc; }, &rc);
    until([&] { return rc != 1; });
    if (rc != ZOK && rc != ZNODEEXISTS) fail(path.c_str(), rc);
  }

  /* What a znode holds; of 64 bytes, as theirs has it. */
  std::string get(const std::string& path) {
    struct Found {
      int rc = 1;
      std::string data;
    } found;
    zoo_aget(zh_, path.c_str(), 0,
             [](int rc, const char* value, int length, const Stat*, const void* to) {
               auto found = (Found*)to;
               if (rc == ZOK && length > 0) found->data.assign(value, length < 63 ? length : 63);
               found->rc = rc;
             },
             &found);
    until([&] { return found.rc != 1; });
    if (found.rc != ZOK) fail(path.c_str(), found.rc);
    return found.data;
  }

  /* Waits for the session's socket and, if there is one, another: returns whether that is ready. */
  bool turn(int other = -1) {
    int fd = -1, interest = 0;
    timeval tv{};
    zookeeper_interest(zh_, &fd, &interest, &tv);
    pollfd fds[2] = {{fd, 0, 0}, {other, POLLIN, 0}};
    if (interest & ZOOKEEPER_READ) fds[0].events |= POLLIN;
    if (interest & ZOOKEEPER_WRITE) fds[0].events |= POLLOUT;
    poll(fds, other < 0 ? 1 : 2, static_cast<int>(tv.tv_sec * 1000 + tv.tv_usec / 1000) + 1);
    int events = 0;
    if (fds[0].revents & (POLLIN | POLLERR | POLLHUP)) events |= ZOOKEEPER_READ;
    if (fds[0].revents & POLLOUT) events |= ZOOKEEPER_WRITE;
    zookeeper_process(zh_, events);
    return other >= 0 && (fds[1].revents & POLLIN);
  }

 private:
  void until(const std::function<bool()>& is_so) {
    while (!is_so()) turn();
  }
  [[noreturn]] static void fail(const char* what, int rc) {
    printf("failed: %s: %s\n", what, zerror(rc));
    exit(1);
  }
  zhandle_t* zh_;
};

/*
 * A provider and a consumer of tiny_rpc, written after its format, on protobuf's own services. They do
 * on purpose what its programs do: one read for a request, one send, one recv of 1,024 bytes.
 *
 *   tiny_rpc provider ZOOKEEPER         says where it listens, registers, and serves until it is killed
 *   tiny_rpc consumer ZOOKEEPER NAME PWD
 *
 * ZOOKEEPER is its address, or for the consumer "=ip:port", the provider's own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <memory>

#include "header.pb.h"
#include "registry.h"
#include "user.pb.h"

using google::protobuf::Closure;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

namespace {

std::string encode(const MethodDescriptor* method, const Message& request) {
  const std::string args = request.SerializeAsString();
  mprpc::RpcHeader header;
  header.set_service_name(method->service()->name());
  header.set_method_name(method->name());
  header.set_args_size(static_cast<uint32_t>(args.size()));
  const std::string text = header.SerializeAsString();
  const uint32_t size = static_cast<uint32_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&size), 4) + text + args;
}

sockaddr_in address_of(const std::string& text) {
  const size_t colon = text.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(atoi(text.c_str() + colon + 1)));
  inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr);
  return address;
}

class Controller : public google::protobuf::RpcController {
 public:
  void Reset() override { failed_ = false; }
  bool Failed() const override { return failed_; }
  std::string ErrorText() const override { return text_; }
  void StartCancel() override {}
  void SetFailed(const std::string& text) override {
    failed_ = true;
    text_ = text;
  }
  bool IsCanceled() const override { return false; }
  void NotifyOnCancel(Closure*) override {}

 private:
  bool failed_ = false;
  std::string text_;
};

class Channel : public google::protobuf::RpcChannel {
 public:
  explicit Channel(std::string where) : where_(std::move(where)) {}

  void CallMethod(const MethodDescriptor* method, google::protobuf::RpcController* controller,
                  const Message* request, Message* response, Closure*) override {
    std::string found = where_.substr(1);
    if (where_[0] != '=') {
      Registry registry(where_);
      found = registry.get("/" + method->service()->name() + "/" + method->name());
    }
    const sockaddr_in address = address_of(found);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const std::string bytes = encode(method, *request);
    char buffer[1024];
    ssize_t count = -1;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        send(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) {
      count = recv(fd, buffer, sizeof buffer, 0);
    }
    if (count < 0) controller->SetFailed(std::string("socket: ") + strerror(errno));
    else if (!response->ParseFromArray(buffer, static_cast<int>(count))) {
      controller->SetFailed("parse error");
    }
    close(fd);
  }

 private:
  std::string where_;
};

class UserService : public fixbug::UserServiceRpc {
 public:
  void Login(google::protobuf::RpcController*, const fixbug::LoginRequest* request,
             fixbug::LoginResponse* response, Closure* done) override {
    response->mutable_result()->set_errcode(static_cast<int>(request->pwd().size()));
    response->mutable_result()->set_errmsg("Hello, " + request->name());
    response->set_success(request->name() != "nobody");
    done->Run();
  }
};

/* One request: it has come whole with one read, or it is none. */
void serve(int fd, UserService& service) {
  static char buffer[65536];
  const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
  const std::string all(buffer, count > 0 ? static_cast<size_t>(count) : 0);
  uint32_t size = 0;
  mprpc::RpcHeader header;
  if (all.size() >= 4) memcpy(&size, all.data(), 4);
  if (all.size() < 4 + size || !header.ParseFromString(all.substr(4, size))) return;
  const auto* method = service.GetDescriptor()->FindMethodByName(header.method_name());
  if (header.service_name() != service.GetDescriptor()->name() || method == nullptr) return;
  std::unique_ptr<Message> request(service.GetRequestPrototype(method).New());
  std::unique_ptr<Message> response(service.GetResponsePrototype(method).New());
  if (!request->ParseFromString(all.substr(4 + size, header.args_size()))) return;
  Closure* done = google::protobuf::NewCallback(+[] {});
  service.CallMethod(method, nullptr, request.get(), response.get(), done);
  const std::string bytes = response->SerializeAsString();
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t sent = send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<size_t>(sent);
  }
}

int provide(const std::string& zookeeper) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = address_of("127.0.0.1:0");
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0) return 1;
  if (listen(listener, 64) != 0) return 1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  const std::string where = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  UserService service;
  Registry registry(zookeeper);
  const auto* descriptor = service.GetDescriptor();
  registry.create("/" + descriptor->name(), "", 0);
  for (int i = 0; i < descriptor->method_count(); i++) {
    const std::string path = "/" + descriptor->name() + "/" + descriptor->method(i)->name();
    registry.create(path, where, ZOO_EPHEMERAL);
  }
  std::cout << where << std::endl;
  for (;;) {
    if (!registry.turn(listener)) continue;
    const int fd = accept(listener, nullptr, nullptr);
    serve(fd, service);
    close(fd);
  }
}

int consume(const std::string& where, const std::string& name, const std::string& pwd) {
  Channel channel(where);
  fixbug::UserServiceRpc_Stub stub(&channel);
  fixbug::LoginRequest request;
  fixbug::LoginResponse response;
  Controller controller;
  request.set_name(name);
  request.set_pwd(pwd);
  stub.Login(&controller, &request, &response, nullptr);
  if (controller.Failed()) std::cout << "failed: " << controller.ErrorText() << std::endl;
  else {
    std::cout << "success " << response.success() << " errcode " << response.result().errcode()
              << " errmsg " << response.result().errmsg() << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "provider" && argc == 3) return provide(argv[2]);
  if (command == "consumer" && argc == 5) return consume(argv[2], argv[3], argv[4]);
  std::cerr << "tiny_rpc provider ZOOKEEPER | consumer ZOOKEEPER NAME PWD" << std::endl;
  return 2;
}

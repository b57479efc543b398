#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"
#include "net/server.hpp"
#include "s3server/s3_server.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"

// For the tests alone: a store behind a real listener, and a client that sends exactly the bytes it
// is told to.
namespace signpost::s3server {

struct Answer {
  unsigned status = 0;
  std::string head;  // with the status line, in the server's case
  std::string body;

  std::string field(std::string_view name) const {
    std::string wanted = "\r\n" + to_lower(name) + ": ";
    auto at = to_lower(head).find(wanted);
    if (at == std::string::npos) return "";
    at += wanted.size();
    return head.substr(at, head.find("\r\n", at) - at);
  }
  bool has_code(std::string_view code) const {
    return body.contains(fmt::format("<Code>{}</Code>", code));
  }
};

struct Request {
  std::string method = "GET";
  std::string bucket = {};
  std::string key = {};
  std::vector<sigv4::QueryParameter> query = {};
  std::vector<FieldView> fields = {};           // signed
  std::vector<FieldView> unsigned_fields = {};  // sent beside
  std::string body = {};
  std::string payload_hash = {};  // else that of the body
};

class ServerFixture : public testing::Test {
 protected:
  static constexpr const char* access_key = "AKIDEXAMPLE";
  static constexpr const char* secret_key = "a-secret-of-the-test";

  ServerFixture() {
    directory_ = std::filesystem::temp_directory_path() / ("s3server-" + random_hex(8));
    store_ = std::make_unique<storage::Store>(directory_.string());
    store_->put_access_key({access_key, Secret(secret_key), "alice"});
    store_->put_access_key({"AKIDOTHER", Secret("another-secret"), "bob"});
    net::ServerOptions options;
    options.listeners = net::bind_listeners("127.0.0.1:0", 1);
    address_ = net::local_address(options.listeners.front());
    Options s3_options;
    s3_options.domain = "s3.example.com";
    s3_options.now = [this] { return now(); };
    s3_ = std::make_unique<S3Server>(*store_, pool_, s3_options);
    options.fallback = s3_->fallback();
    server_ = std::make_unique<net::Server>(
        std::move(options), [this](net::Worker worker) { return s3_->handler(worker); });
    thread_ = std::thread([this] { server_->run(); });
  }

  ~ServerFixture() override {
    server_->stop();
    thread_.join();
    pool_.join();
    server_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  UnixSeconds now() const {
    auto real = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return real + std::chrono::seconds(clock_offset_.load());
  }

  // Sends the bytes, and reads one answer by its Content-Length.
  Answer talk(const std::string& bytes, bool half_close = false, bool to_head = false) const {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port =
        htons(static_cast<std::uint16_t>(*parse_u64(address_.substr(address_.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    timeval wait{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    std::thread sender([&] {
      for (std::size_t sent = 0; sent < bytes.size();) {
        ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      if (half_close) ::shutdown(fd, SHUT_WR);
    });
    Answer answer = read_answer(fd, to_head);
    sender.join();
    ::close(fd);
    return answer;
  }

  static Answer read_answer(int fd, bool to_head) {
    std::string all;
    std::vector<char> buffer(256 * 1024);
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    while (end == std::string::npos || all.size() < end + 4 + length) {
      ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(n));
      if (end != std::string::npos) continue;
      end = all.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      Answer head{0, all.substr(0, end + 2), ""};
      if (!to_head) length = parse_u64(head.field("Content-Length")).value_or(0);
    }
    if (end == std::string::npos) return {};
    Answer answer{0, all.substr(0, end + 2), all.substr(end + 4)};
    answer.status = static_cast<unsigned>(parse_u64(answer.head.substr(9, 3)).value_or(0));
    return answer;
  }

  sigv4::Endpoint endpoint() const {
    return *sigv4::Endpoint::parse("http://" + address_, sigv4::Addressing::path_style);
  }

  static std::string assemble(std::string_view method, std::string_view target,
                              std::string_view host, const std::vector<FieldView>& fields,
                              std::string_view body) {
    std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method, target, host);
    bool has_length = false;
    for (const FieldView& field : fields) {
      out += fmt::format("{}: {}\r\n", field.name, field.value);
      has_length = has_length || equal_ignoring_case(field.name, "Content-Length") ||
                   equal_ignoring_case(field.name, "Transfer-Encoding");
    }
    if (!has_length && (!body.empty() || method == "PUT" || method == "POST"))
      out += fmt::format("Content-Length: {}\r\n", body.size());
    return out.append("\r\n").append(body);
  }

  // The bytes of a request signed with an Authorization field.
  std::string sign(const Request& request, const char* id = access_key,
                   const char* secret = secret_key) const {
    sigv4::HeaderSigner signer({id, Secret(secret), Secret()}, "us-east-1", endpoint());
    std::string hash =
        request.payload_hash.empty() ? hex_encode(sha256(request.body)) : request.payload_hash;
    sigv4::HeaderSignRequest to_sign{request.method,       request.bucket, request.key,
                                     request.query,        request.fields, hash,
                                     sigv4::AmzDate(now())};
    sigv4::SignedRequest is_signed = signer.sign(to_sign);
    std::vector<FieldView> fields = request.fields;
    for (const auto& [name, value] : is_signed.fields) fields.push_back({name, value});
    for (const FieldView& field : request.unsigned_fields) fields.push_back(field);
    return assemble(request.method, is_signed.target, is_signed.host, fields, request.body);
  }

  Answer send(const Request& request) const {
    return talk(sign(request), false, request.method == "HEAD");
  }

  // The target of a pre-signed URL.
  std::string presign(const std::string& method, const std::string& bucket, const std::string& key,
                      std::chrono::seconds expires = std::chrono::seconds(180),
                      const std::vector<sigv4::QueryParameter>& query = {}) const {
    sigv4::Presigner presigner({access_key, Secret(secret_key), Secret()}, "us-east-1", endpoint());
    sigv4::PresignRequest request{method, bucket, key, query, {}, sigv4::AmzDate(now()), expires};
    return presigner.presign(request).substr(std::string("http://").size() + address_.size());
  }

  Answer send_presigned(std::string_view method, std::string_view target,
                        const std::vector<FieldView>& fields = {},
                        std::string_view body = {}) const {
    return talk(assemble(method, target, address_, fields, body), false, method == "HEAD");
  }

  void make_bucket(const std::string& name = "bucket") {
    ASSERT_EQ(send({.method = "PUT", .bucket = name}).status, 200u);
  }
  Answer put(const std::string& key, const std::string& body,
             const std::vector<FieldView>& fields = {}) const {
    return send({.method = "PUT", .bucket = "bucket", .key = key, .fields = fields, .body = body});
  }
  Answer get(const std::string& key, const std::vector<FieldView>& fields = {}) const {
    return send({.bucket = "bucket", .key = key, .fields = fields});
  }

  std::filesystem::path directory_;
  std::atomic<int> clock_offset_{0};
  net::BlockingPool pool_{2};
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<S3Server> s3_;
  std::unique_ptr<net::Server> server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace signpost::s3server

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <thread>

#include "base/random.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "gateway/gateway.hpp"
#include "gateway/passwords.hpp"
#include "testing/jwt_signer.hpp"

// The API over a real socket and a real catalog. The store is an address where nobody listens, so
// that what is tested here is what needs none; the black-box tests have one.
namespace signpost::gateway {

namespace json = boost::json;

inline const UnixSeconds now = *from_civil(2026, 11, 24, 12, 0, 0);
inline constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

struct Reply {
  net::ResponseHead head;
  std::string body;
  unsigned status() const { return head.status; }
  std::string field(std::string_view name) const {
    return std::string(head.field(name).value_or("(absent)"));
  }
  json::object object() const { return json::parse(body).as_object(); }
  std::string code() const { return std::string(object().at("code").as_string()); }
};

inline TokenIssuer issuer() {
  jwt::Issuer trusted{.name = "app",
                      .issuer = "https://auth.example/",
                      .audience = "files",
                      .algorithms = {jwt::Algorithm::HS256}};
  auto key = jwt::Key::hs256(Secret(secret));
  auto verifier = jwt::Verifier::make(trusted, jwt::KeySet({*key}));
  return {.keys = *verifier, .cookie = "app_session", .admin_groups = {"file-admins"}};
}

inline std::string token_of(std::string_view subject, std::string_view groups = "[]") {
  auto exp = (now + std::chrono::hours{1}).time_since_epoch().count();
  return testing::hs256_token(secret, R"({"alg":"HS256"})",
                              R"({"iss":"https://auth.example/","aud":"files","sub":")" +
                                  std::string(subject) + R"(","groups":)" + std::string(groups) +
                                  R"(,"exp":)" + std::to_string(exp) + "}");
}

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest()
      : folder_(std::filesystem::temp_directory_path() / ("gateway-" + random_hex(8))),
        made_(std::filesystem::create_directory(folder_)),
        catalog_((folder_ / "catalog.db").string()),
        listeners_(net::bind_listeners("127.0.0.1:0", 1)),
        address_(net::local_address(listeners_.front())),
        gateway_(options(), store(), catalog_, pool_, [] { return now; }),
        server_({.listeners = listeners_, .fallback = gateway_.fallback(), .tls = nullptr},
                [this](net::Worker worker) { return gateway_.handler(worker); }),
        thread_([this] { server_.run(); }) {
    static const Secret hash = hash_password(Secret("correct horse"));  // slow on purpose
    domain::User admin{.username = "admin",
                       .password_hash = hash,
                       .admin = true,
                       .disabled = false,
                       .created_at = now};
    EXPECT_TRUE(catalog_.create_user(admin, std::nullopt));
  }
  ~GatewayTest() override {
    server_.stop();
    thread_.join();
    pool_.join();
    std::filesystem::remove_all(folder_);
  }

  Options options() const {
    Options out;
    out.listen = address_;
    out.allowed_origins = {*http::WebOrigin::parse("https://app.example")};
    out.bucket = "photos";
    out.store_public_url = "http://127.0.0.1:1";
    out.issuers = {issuer()};
    return out;
  }
  static StoreAccess store() {
    s3client::S3Endpoint endpoint{.endpoint = "http://127.0.0.1:1",
                                  .public_endpoint = "https://content.example",
                                  .region = "us-east-1",
                                  .bucket = "photos",
                                  .path_style = true};
    return {endpoint, credentials::fixed({"AKIDEXAMPLE", Secret("secretkey"), Secret()})};
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  Reply call(std::string method, std::string target, Fields fields = {}, std::string body = {}) {
    net::asio::io_context context;
    Reply reply;
    auto work = [&]() -> net::Task<void> {
      net::HttpClient client(context);
      net::ClientRequest request;
      request.method = method;
      request.target = target;
      for (auto& [name, value] : fields) request.headers.add(name, value);
      request.content_length = body.size();
      request.has_body = !body.empty();
      auto exchange = co_await client.send(*net::Origin::parse("http://" + address_), request);
      if (!exchange) throw std::runtime_error("no connection");
      static_cast<void>(co_await (*exchange)->write(body));
      auto head = co_await (*exchange)->read_head();
      if (!head) throw std::runtime_error("no answer to " + method + " " + target);
      reply.head = *head;
      auto text = co_await (*exchange)->read_all(1 << 20);
      if (text) reply.body = *text;
    };
    net::asio::co_spawn(context, work, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
    return reply;
  }
  Reply post_json(std::string target, std::string body, Fields fields) {
    fields.emplace_back("Content-Type", "application/json");
    return call("POST", std::move(target), std::move(fields), std::move(body));
  }

  static Fields bearer(std::string_view subject) {
    return {{"Authorization", "Bearer " + token_of(subject)}};
  }
  // name=value of the session cookie.
  std::string sign_in() {
    Reply reply =
        post_json("/v1/session", R"({"username":"admin","password":"correct horse"})", {});
    EXPECT_EQ(reply.status(), 200u) << reply.body;
    std::string cookie = reply.field("Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
  }
  std::string own_origin() const { return "http://" + address_; }

  // A ready file, as if its upload had been completed.
  void add_file(std::string_view id, std::string_view owner, std::string name = "photo.jpg",
                std::string type = "image/jpeg") {
    auto principal = *domain::Principal::user("app", owner);
    domain::File file{.id = *domain::FileId::parse(id),
                      .name = std::move(name),
                      .content_type = *domain::MediaType::parse(type),
                      .size = 1000,
                      .sha256 = std::nullopt,
                      .state = domain::FileState::pending,
                      .owner = principal,
                      .created_by = principal,
                      .created_at = now,
                      .updated_at = now,
                      .object = {"photos", "files/" + std::string(id)},
                      .upload = domain::Upload{domain::UploadType::put, "files/" + std::string(id),
                                               now + std::chrono::hours{1}}};
    ASSERT_TRUE(catalog_.create_file(file, std::nullopt));
    domain::FileCompletion done{
        .size = 1000, .content_type = file.content_type, .sha256 = std::nullopt, .etag = "abc123"};
    ASSERT_TRUE(catalog_.complete_file(file, done, now));
  }

  std::filesystem::path folder_;
  bool made_;
  catalog_sqlite::SqliteCatalog catalog_;
  net::BlockingPool pool_{2};
  std::vector<int> listeners_;
  std::string address_;
  Gateway gateway_;
  net::Server server_;
  std::thread thread_;
};

}  // namespace signpost::gateway

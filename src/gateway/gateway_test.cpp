#include "gateway/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <thread>

#include "base/random.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "gateway/passwords.hpp"
#include "testing/jwt_signer.hpp"

// The API over a real socket and a real catalog. The store is an address where nobody listens, so
// that what is tested here is what needs none; the black-box tests have one.
namespace signpost::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace json = boost::json;

const UnixSeconds now = *from_civil(2026, 11, 24, 12, 0, 0);
constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

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

TokenIssuer issuer() {
  jwt::Issuer trusted{.name = "app",
                      .issuer = "https://auth.example/",
                      .audience = "files",
                      .algorithms = {jwt::Algorithm::HS256}};
  auto key = jwt::Key::hs256(Secret(secret));
  auto verifier = jwt::Verifier::make(trusted, jwt::KeySet({*key}));
  return {.verifier = *verifier, .cookie = "app_session", .admin_groups = {"file-admins"}};
}

std::string token_of(std::string_view subject, std::string_view groups = "[]") {
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
    EXPECT_TRUE(catalog_.create_user(admin));
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
    return {endpoint, {"AKIDEXAMPLE", Secret("secretkey"), Secret()}};
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
                      .content_type = type,
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
    ASSERT_TRUE(catalog_.create_file(file));
    domain::FileCompletion done{
        .size = 1000, .content_type = type, .sha256 = std::nullopt, .etag = "abc123"};
    ASSERT_TRUE(catalog_.complete_file(file.id, done, now));
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

TEST_F(GatewayTest, ServesHealthAndItsDescription) {
  EXPECT_EQ(call("GET", "/healthz").status(), 200u);
  Reply ready = call("GET", "/readyz");
  EXPECT_EQ(ready.status(), 503u);
  EXPECT_EQ(ready.object().at("store").as_string(), "http://127.0.0.1:1");
  EXPECT_EQ(ready.object().at("catalog").as_string(), "ok");
  EXPECT_EQ(call("GET", "/openapi.json").object().at("openapi").as_string(), "3.1.0");
}

TEST_F(GatewayTest, AnswersUnknownPathsAndMethodsWithProblems) {
  Reply unknown = call("GET", "/v1/albums");
  EXPECT_EQ(unknown.status(), 404u);
  EXPECT_EQ(unknown.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(unknown.code(), "not_found");
  Reply wrong = call("DELETE", "/v1/files");
  EXPECT_EQ(wrong.status(), 405u);
  EXPECT_EQ(wrong.field("Allow"), "POST, GET, HEAD, OPTIONS");
}

TEST_F(GatewayTest, PrivateThingsNeedACredentialWhetherTheyExistOrNot) {
  add_file("there", "ann");
  for (const char* target : {"/files/there", "/files/missing", "/v1/files/there", "/v1/files",
                             "/v1/files/missing/url", "/v1/session", "/v1/files?limit=x"}) {
    Reply reply = call("GET", target);
    EXPECT_EQ(reply.status(), 401u) << target;
    EXPECT_EQ(reply.code(), "credential_needed");
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("Bearer"));
  }
}

TEST_F(GatewayTest, WhatBelongsToOthersLooksLikeWhatDoesNotExist) {
  add_file("anns", "ann");
  for (const char* target : {"/files/", "/v1/files/"}) {
    Reply others = call("GET", target + std::string("anns"), bearer("bob"));
    Reply missing = call("GET", target + std::string("missing"), bearer("bob"));
    EXPECT_EQ(others.status(), 404u);
    EXPECT_EQ(others.status(), missing.status());
    EXPECT_EQ(others.body, missing.body);
  }
  EXPECT_EQ(call("DELETE", "/v1/files/anns", bearer("bob")).status(), 404u);
  EXPECT_EQ(call("GET", "/v1/files/anns", bearer("ann")).status(), 200u);
}

TEST_F(GatewayTest, SignsInAndOut) {
  std::string cookie = sign_in();
  EXPECT_THAT(cookie, ::testing::StartsWith("signpost_session="));
  Reply who = call("GET", "/v1/session", {{"Cookie", cookie}});
  EXPECT_EQ(who.status(), 200u);
  EXPECT_EQ(who.object().at("principal").as_string(), "user:local:admin");
  EXPECT_TRUE(who.object().at("admin").as_bool());
  Reply out = call("DELETE", "/v1/session", {{"Cookie", cookie}, {"Origin", own_origin()}});
  EXPECT_EQ(out.status(), 204u);
  EXPECT_THAT(out.field("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", cookie}}).status(), 401u);
  EXPECT_EQ(call("GET", "/files/x", {{"Cookie", cookie}}).status(), 401u);
}

TEST_F(GatewayTest, SignInRefusesWrongCredentialsAlike) {
  Reply wrong = post_json("/v1/session", R"({"username":"admin","password":"x"})", {});
  Reply nobody = post_json("/v1/session", R"({"username":"nobody","password":"x"})", {});
  EXPECT_EQ(wrong.status(), 401u);
  EXPECT_EQ(wrong.body, nobody.body);
  EXPECT_EQ(wrong.field("Set-Cookie"), "(absent)");
  for (const char* body : {"", "{", "[]", R"({"username":"admin"})",
                           R"({"username":"admin","password":"x","admin":true})",
                           R"({"username":"admin","username":"b","password":"x"})"})
    EXPECT_EQ(post_json("/v1/session", body, {}).status(), 400u) << body;
  EXPECT_EQ(post_json("/v1/session", "{}", {{"Origin", "https://evil"}}).status(), 403u);
  EXPECT_EQ(call("POST", "/v1/session", {{"Content-Type", "text/plain"}}, "{}").status(), 415u);
}

TEST_F(GatewayTest, SigningInEndsTheSessionThatWasBroughtAlong) {
  std::string old = sign_in();
  Reply again = post_json("/v1/session", R"({"username":"admin","password":"correct horse"})",
                          {{"Cookie", old}});
  EXPECT_EQ(again.status(), 200u);
  EXPECT_THAT(again.field("Set-Cookie"), Not(HasSubstr(old)));
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", old}}).status(), 401u);
}

TEST_F(GatewayTest, ATokenBecomesASessionThatEndsWithIt) {
  Reply reply = call("POST", "/v1/session", bearer("ann"));
  EXPECT_EQ(reply.status(), 200u);
  EXPECT_EQ(reply.object().at("expires_at").as_string(), "2026-11-24T13:00:00Z");
  EXPECT_THAT(reply.field("Set-Cookie"), HasSubstr("Max-Age=3600; HttpOnly; SameSite=Lax"));
  EXPECT_EQ(call("POST", "/v1/session", {{"Authorization", "Bearer x.y.z"}}).status(), 401u);
}

TEST_F(GatewayTest, BadAndConflictingCredentialsAreRefused) {
  std::string cookie = sign_in();
  for (const char* value : {"Bearer", "Bearer x", "Basic YTpi", "Bearer sgn_abc", "Token x"})
    EXPECT_EQ(call("GET", "/v1/session", {{"Authorization", value}, {"Cookie", cookie}}).code(),
              "bad_credential")
        << value;
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", "signpost_session=made-up"}}).status(), 401u);
  EXPECT_EQ(call("GET", "/v1/session?access_token=" + token_of("ann")).status(), 401u);

  Fields both = bearer("ann");
  both.emplace_back("Cookie", cookie);
  EXPECT_EQ(call("GET", "/v1/session", both).status(), 400u);
  Fields same = bearer("ann");
  same.emplace_back("Cookie", "app_session=" + token_of("ann"));
  EXPECT_EQ(call("GET", "/v1/session", same).status(), 200u);
  // Where none is needed, a bad one does not matter.
  EXPECT_EQ(call("GET", "/healthz", {{"Authorization", "Bearer x"}}).status(), 200u);
}

TEST_F(GatewayTest, CookiesAloneDoNotActForOtherSites) {
  add_file("mine", "ann");
  std::string cookie = "app_session=" + token_of("ann");
  for (Fields fields : {Fields{}, Fields{{"Origin", "https://evil"}}, Fields{{"Origin", "null"}},
                        Fields{{"Sec-Fetch-Site", "cross-site"}}}) {
    fields.emplace_back("Cookie", cookie);
    EXPECT_EQ(call("DELETE", "/v1/files/mine", fields).status(), 403u);
    EXPECT_EQ(post_json("/v1/files", R"({"name":"a","size":1})", fields).status(), 403u);
  }
  Reply plain = call("POST", "/v1/files",
                     {{"Cookie", cookie}, {"Origin", own_origin()}, {"Content-Type", "text/plain"}},
                     R"({"name":"a","size":1})");
  EXPECT_EQ(plain.status(), 403u);
  EXPECT_EQ(call("GET", "/v1/files/mine", {{"Cookie", cookie}}).status(), 200u);
  Reply allowed = post_json("/v1/files", R"({"name":"a","size":1})",
                            {{"Cookie", cookie}, {"Origin", "https://app.example"}});
  EXPECT_EQ(allowed.status(), 201u);
  EXPECT_EQ(allowed.field("Access-Control-Allow-Origin"), "https://app.example");
}

TEST_F(GatewayTest, AnUploadUrlGrantsOneObjectOfThatSizeAndType) {
  std::string sha256(64, 'A');
  Reply reply = post_json("/v1/files",
                          R"({"name":"a/b\\photo.jpg","content_type":"image/jpeg","size":1234,)"
                          R"("id":"my-photo","metadata":{"k":"v"},"sha256":")" +
                              sha256 + "\"}",
                          bearer("ann"));
  ASSERT_EQ(reply.status(), 201u) << reply.body;
  EXPECT_EQ(reply.field("Location"), "/v1/files/my-photo");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  json::object body = reply.object();
  const json::object& file = body.at("file").as_object();
  EXPECT_EQ(file.at("name").as_string(), "photo.jpg");
  EXPECT_EQ(file.at("state").as_string(), "pending");
  EXPECT_EQ(file.at("owner").as_string(), "user:app:ann");
  EXPECT_EQ(file.at("sha256").as_string(), std::string(64, 'a'));
  EXPECT_TRUE(file.at("width").is_null());
  const json::object& upload = body.at("upload").as_object();
  std::string url(upload.at("url").as_string());
  EXPECT_THAT(url, ::testing::StartsWith("https://content.example/photos/files/"));
  EXPECT_THAT(url, HasSubstr("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3B"
                             "if-none-match%3Bx-amz-checksum-sha256"));
  const json::object& headers = upload.at("headers").as_object();
  EXPECT_EQ(headers.size(), 3u);
  EXPECT_EQ(headers.at("content-type").as_string(), "image/jpeg");
  EXPECT_EQ(headers.at("if-none-match").as_string(), "*");
  EXPECT_TRUE(headers.contains("x-amz-checksum-sha256"));

  Reply taken = post_json("/v1/files", R"({"name":"b","size":1,"id":"my-photo"})", bearer("bob"));
  EXPECT_EQ(taken.status(), 409u);
}

TEST_F(GatewayTest, BadDeclarationsChangeNothing) {
  struct Case {
    const char* body;
    unsigned status;
  };
  for (const Case& c : {Case{R"({"size":1})", 400}, Case{R"({"name":"a"})", 400},
                        Case{R"({"name":"a","size":-1})", 400},
                        Case{R"({"name":"a","size":1,"status":"ready"})", 400},
                        Case{R"({"name":"a","size":1,"object":{"bucket":"b","key":"k"}})", 400},
                        Case{R"({"name":"a","size":1,"content_type":"*/*"})", 400},
                        Case{R"({"name":"a","size":1,"content_type":"a/b\r\nX: y"})", 400},
                        Case{R"({"name":"a","size":1,"sha256":"zz"})", 400},
                        Case{R"({"name":"a","size":1,"id":"../x"})", 400},
                        Case{R"({"name":"a","size":1,"id":"1 OR 1=1"})", 400},
                        Case{R"({"name":"a","size":1,"owner":"root"})", 400},
                        Case{R"({"name":"a","size":1,"owner":"user:app:bob"})", 403},
                        Case{R"({"name":"a","size":5368709121})", 422},
                        Case{R"({"name":"a","size":1,"upload_type":"post"})", 422},
                        Case{R"({"name":"a","size":1,"upload_type":"ftp"})", 400},
                        Case{R"({"name":"a","size":1,"metadata":{"k":"a\r\nb"}})", 400}})
    EXPECT_EQ(post_json("/v1/files", c.body, bearer("ann")).status(), c.status) << c.body;
  EXPECT_EQ(call("GET", "/v1/files", bearer("ann")).object().at("items").as_array().size(), 0u);
}

TEST_F(GatewayTest, AdminsMakeEntriesForOthersAndReadNone) {
  Fields admin{{"Authorization", "Bearer " + token_of("root", R"(["file-admins"])")}};
  Reply made =
      post_json("/v1/files", R"({"name":"a","size":1,"id":"x","owner":"user:app:ann"})", admin);
  EXPECT_EQ(made.status(), 201u) << made.body;
  add_file("anns", "ann");
  EXPECT_EQ(call("GET", "/v1/files/anns", admin).status(), 404u);
  EXPECT_EQ(call("GET", "/v1/files/x", bearer("ann")).status(), 200u);
}

TEST_F(GatewayTest, ListsByPagesWhoseCursorsAreSealed) {
  for (const char* id : {"a", "b", "c"}) add_file(id, "ann", std::string(id) + ".jpg");
  Reply first = call("GET", "/v1/files?limit=2&sort=name", bearer("ann"));
  ASSERT_EQ(first.status(), 200u) << first.body;
  json::object page = first.object();
  EXPECT_EQ(page.at("items").as_array().size(), 2u);
  std::string cursor(page.at("next_cursor").as_string());
  json::object last =
      call("GET", "/v1/files?limit=2&sort=name&cursor=" + cursor, bearer("ann")).object();
  ASSERT_EQ(last.at("items").as_array().size(), 1u);
  EXPECT_EQ(last.at("items").as_array()[0].as_object().at("id").as_string(), "c");
  EXPECT_TRUE(last.at("next_cursor").is_null());

  EXPECT_EQ(call("GET", "/v1/files?limit=2&sort=name&cursor=" + cursor, bearer("bob")).status(),
            400u);
  for (const char* query : {"limit=0", "limit=1001", "limit=-1", "limit=x", "sort=owner",
                            "sort=name;drop", "cursor=x", "limit=1&limit=2", "page=2", "q=%zz"})
    EXPECT_EQ(call("GET", std::string("/v1/files?") + query, bearer("ann")).status(), 400u)
        << query;
}

TEST_F(GatewayTest, PatchesWhatMayBePatched) {
  add_file("mine", "ann");
  Fields fields = bearer("ann");
  fields.emplace_back("Content-Type", "application/json");
  Reply reply = call("PATCH", "/v1/files/mine", fields, R"({"name":"new.jpg","album":"holiday"})");
  ASSERT_EQ(reply.status(), 200u) << reply.body;
  EXPECT_EQ(reply.object().at("name").as_string(), "new.jpg");
  EXPECT_EQ(reply.object().at("album").as_string(), "holiday");
  Reply cleared = call("PATCH", "/v1/files/mine", fields, R"({"album":null})");
  EXPECT_TRUE(cleared.object().at("album").is_null());
  for (const char* body : {R"({"owner":"user:app:bob"})", R"({"size":1})", R"({"name":null})",
                           R"({"state":"ready"})", R"({"name":""})"})
    EXPECT_EQ(call("PATCH", "/v1/files/mine", fields, body).status(), 400u) << body;
}

TEST_F(GatewayTest, RedirectsToAUrlThatPinsWhatABrowserDoes) {
  add_file("page", "ann", "na\u00efve.html", "text/html");
  Reply reply = call("GET", "/files/page?disposition=inline", bearer("ann"));
  EXPECT_EQ(reply.status(), 302u);
  std::string url = reply.field("Location");
  EXPECT_THAT(url, ::testing::StartsWith("https://content.example/photos/files/page?"));
  EXPECT_THAT(url, HasSubstr("response-content-type=text%2Fhtml"));
  EXPECT_THAT(url, HasSubstr("response-content-disposition=attachment%3B%20filename%3D"));
  EXPECT_THAT(url, HasSubstr("response-cache-control=private%2C%20max-age%3D240"));
  EXPECT_THAT(url, HasSubstr("X-Amz-Expires=240"));
  EXPECT_THAT(reply.field("Cache-Control"), ::testing::StartsWith("private, max-age="));
  EXPECT_THAT(reply.field("Vary"), HasSubstr("Cookie, Authorization"));
  EXPECT_EQ(reply.field("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(reply.field("Set-Cookie"), "(absent)");
  EXPECT_EQ(call("GET", "/files/page", bearer("ann")).field("Location"),
            call("GET", "/files/page", bearer("ann")).field("Location"));
  Reply head = call("HEAD", "/files/page", bearer("ann"));
  EXPECT_EQ(head.status(), 302u);
  EXPECT_NE(head.field("Location"), url);
}

TEST_F(GatewayTest, GivesUrlsAsJson) {
  add_file("mine", "ann");
  Reply reply = call("GET", "/v1/files/mine/url?expires_in=2s&method=head", bearer("ann"));
  ASSERT_EQ(reply.status(), 200u) << reply.body;
  EXPECT_EQ(reply.object().at("method").as_string(), "HEAD");
  EXPECT_EQ(reply.object().at("expires_at").as_string(), "2026-11-24T12:00:02Z");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  // What ends sooner wins: the token.
  Reply capped = call("GET", "/v1/files/mine/url?expires_in=7d", bearer("ann"));
  EXPECT_EQ(capped.object().at("expires_at").as_string(), "2026-11-24T13:00:00Z");
  for (const char* query :
       {"expires_in=0", "expires_in=-1", "expires_in=x", "expires_in=", "method=put",
        "disposition=none", "width=100", "expires_in=1&expires_in=2"})
    EXPECT_EQ(call("GET", std::string("/v1/files/mine/url?") + query, bearer("ann")).status(), 400u)
        << query;
}

TEST_F(GatewayTest, ConditionalsAndRangesOfTheProxyNeedNoStore) {
  add_file("mine", "ann", "photo.svg", "image/svg+xml");
  auto get = [&](std::string name, std::string value, std::string method = "GET") {
    Fields fields = bearer("ann");
    fields.emplace_back(std::move(name), std::move(value));
    return call(std::move(method), "/files/mine?delivery=proxy", fields);
  };
  Reply same = get("If-None-Match", "\"abc123\"");
  EXPECT_EQ(same.status(), 304u);
  EXPECT_EQ(same.field("ETag"), "\"abc123\"");
  EXPECT_EQ(get("If-Match", "\"other\"").status(), 412u);
  Reply outside = get("Range", "bytes=1000-");
  EXPECT_EQ(outside.status(), 416u);
  EXPECT_EQ(outside.field("Content-Range"), "bytes */1000");
  Reply head = get("Range", "bytes=0-1", "HEAD");
  EXPECT_EQ(head.status(), 200u);
  EXPECT_EQ(head.field("Content-Length"), "1000");
  EXPECT_EQ(head.field("Content-Type"), "application/octet-stream");
  EXPECT_THAT(head.field("Content-Disposition"), ::testing::StartsWith("attachment"));
  EXPECT_THAT(head.field("Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_EQ(head.field("Cache-Control"), "private, no-cache");
  EXPECT_EQ(head.field("X-Content-Type-Options"), "nosniff");
  // The store is not there.
  EXPECT_EQ(get("Range", "bytes=0-1").status(), 502u);
  EXPECT_EQ(get("Range", "bytes=0-1").code(), "store_unreachable");
  EXPECT_EQ(call("GET", "/files/mine?delivery=pigeon", bearer("ann")).status(), 400u);
}

TEST_F(GatewayTest, DeletingSurvivesAStoreThatIsDown) {
  add_file("mine", "ann");
  EXPECT_EQ(call("DELETE", "/v1/files/mine", bearer("ann")).status(), 204u);
  EXPECT_EQ(call("GET", "/v1/files/mine", bearer("ann")).status(), 404u);
  ASSERT_EQ(catalog_.doomed_objects(10).size(), 1u);
  EXPECT_EQ(catalog_.doomed_objects(10)[0].key, "files/mine");
}

TEST_F(GatewayTest, PreflightsGrantAllowedOriginsAlone) {
  Reply granted =
      call("OPTIONS", "/v1/files",
           {{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(granted.status(), 204u);
  EXPECT_THAT(granted.field("Access-Control-Allow-Methods"), HasSubstr("POST"));
  Reply refused = call("OPTIONS", "/v1/files",
                       {{"Origin", "https://evil"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(refused.field("Access-Control-Allow-Origin"), "(absent)");
  EXPECT_EQ(refused.field("Vary"), "Origin");
}

TEST_F(GatewayTest, GetChangesNothing) {
  EXPECT_EQ(call("GET", "/v1/files/x/complete", bearer("ann")).status(), 405u);
  Reply put = call("PUT", "/v1/files/none/content", bearer("ann"), "abc");
  EXPECT_EQ(put.status(), 404u);
}

}  // namespace
}  // namespace signpost::gateway

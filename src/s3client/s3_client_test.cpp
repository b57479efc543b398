#include "s3client/s3_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "net/server.hpp"
#include "sigv4/verify.hpp"

namespace signpost::s3client {
namespace {

namespace asio = boost::asio;
const UnixSeconds now{std::chrono::seconds(1'800'000'000)};

sigv4::Credentials keys() {
  return {.access_key_id = "AKID", .secret_access_key = Secret("secret"), .session_token = {}};
}

// What a request was, once its signature had been found right.
struct Seen {
  std::string method, path, query, body, signed_headers;
  std::map<std::string, std::string> fields;  // names in lower case
};

// A store on a socket that checks each request's signature, notes it and gives the next answer of
// its script.
class ScriptedStore {
 public:
  ScriptedStore()
      : verifier_({.region = "eu-test-1"}, [](std::string_view id) -> SharedSecret {
          if (id != "AKID") return nullptr;
          return std::make_shared<const Secret>("secret");
        }) {
    net::ServerOptions options;
    options.listeners = net::bind_listeners("127.0.0.1:0", 1);
    address_ = net::local_address(options.listeners.front());
    auto status = [](unsigned code) {
      net::Response response;
      response.status = code;
      return response;
    };
    options.fallback.refuse = [status](unsigned code, std::string_view) { return status(code); };
    options.fallback.failed = [status](const std::exception&) { return status(500); };
    server_ = std::make_unique<net::Server>(std::move(options), [this](net::Worker) {
      return net::Handler([this](net::Exchange& exchange) { return handle(exchange); });
    });
    thread_ = std::jthread([this] { server_->run(); });
  }
  ~ScriptedStore() { server_->stop(); }

  std::string url() const { return "http://" + address_; }
  void answer(unsigned status, std::string body = "", net::Headers headers = {}) {
    net::Response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    std::scoped_lock lock(mutex_);
    script_.push_back(std::move(response));
  }
  Seen last() const {
    std::scoped_lock lock(mutex_);
    return seen_.back();
  }
  std::size_t count() const {
    std::scoped_lock lock(mutex_);
    return seen_.size();
  }

 private:
  net::Task<void> handle(net::Exchange& exchange) {
    const net::RequestHead& head = exchange.head();
    Seen seen{.method = std::string(head.method),
              .path = std::string(head.path),
              .query = std::string(head.query)};
    std::vector<FieldView> fields;
    for (const auto& field : head.fields) {
      fields.push_back({field.name, field.value});
      seen.fields[to_lower(field.name)] = field.value;
    }
    sigv4::RequestView view{head.method, head.path, head.query, fields};
    auto identity = verifier_.verify(view, now);
    if (!identity || !std::holds_alternative<sigv4::Verified>(*identity)) {
      net::Response refused;
      refused.status = 403;
      refused.body = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
      co_await exchange.respond(std::move(refused));
      co_return;
    }
    seen.signed_headers = std::get<sigv4::Verified>(*identity).signed_headers();
    if (auto body = co_await exchange.read_all(1 << 20)) seen.body = *body;
    net::Response next = advance(std::move(seen));
    co_await exchange.respond(std::move(next));
  }

  net::Response advance(Seen seen) {
    std::scoped_lock lock(mutex_);
    seen_.push_back(std::move(seen));
    net::Response next;
    next.status = 500;  // for a request that the test did not foresee
    if (script_.empty()) return next;
    next = std::move(script_.front());
    script_.pop_front();
    return next;
  }

  sigv4::Verifier verifier_;
  std::string address_;
  mutable std::mutex mutex_;  // of the test's thread and the server's
  std::deque<net::Response> script_;
  std::vector<Seen> seen_;
  std::unique_ptr<net::Server> server_;
  std::jthread thread_;
};

class S3ClientTest : public testing::Test {
 protected:
  // Runs one operation on the client to its end.
  template <class F>
  auto run(F operation) {
    auto future = asio::co_spawn(context_, operation(), asio::use_future);
    context_.restart();
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      context_.run_one();
    return future.get();
  }
  S3Endpoint endpoint() const {
    return {.endpoint = store_.url(),
            .public_endpoint = "https://content.example.com",
            .region = "eu-test-1",
            .bucket = "photos"};
  }

  ScriptedStore store_;
  asio::io_context context_{1};
  net::HttpClient http_{context_};
  S3Client client_{http_, endpoint(), credentials::fixed(keys()), [] { return now; }};
};

net::Headers headers(std::initializer_list<std::pair<std::string, std::string>> fields) {
  net::Headers out;
  for (const auto& [name, value] : fields) out.add(name, value);
  return out;
}

std::string error_body(std::string_view code) {
  return "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) +
         "</Code><Message>because</Message></Error>";
}

TEST_F(S3ClientTest, HeadGivesSizeTypeAndChecksum) {
  store_.answer(200, "12345",
                headers({{"ETag", "\"e1\""},
                         {"Content-Type", "image/png"},
                         {"Last-Modified", "Tue, 24 Nov 2026 04:00:00 GMT"},
                         {"x-amz-checksum-sha256", "AAAA"}}));
  auto info = run([&] { return client_.head_object("a/ä b+c"); });
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->size, 5u);
  EXPECT_EQ(info->etag, "e1");
  EXPECT_EQ(info->content_type, "image/png");
  EXPECT_EQ(info->last_modified, "Tue, 24 Nov 2026 04:00:00 GMT");
  EXPECT_EQ(info->checksum_sha256, "AAAA");
  EXPECT_EQ(store_.last().method, "HEAD");
  EXPECT_EQ(store_.last().path, "/photos/a/%C3%A4%20b%2Bc");
  EXPECT_EQ(store_.last().fields.at("x-amz-checksum-mode"), "ENABLED");
}

TEST_F(S3ClientTest, AnErrorHasItsStatusCodeAndMessage) {
  store_.answer(404, error_body("NoSuchKey"));
  auto get = run([&] { return client_.get_object("a", {}); });
  ASSERT_FALSE(get);
  EXPECT_TRUE(get.error().is_not_found());
  EXPECT_EQ(get.error().code, "NoSuchKey");
  EXPECT_EQ(get.error().message, "because");
  EXPECT_FALSE(get.error().transport);

  store_.answer(404, error_body("NoSuchKey"));  // no body follows a HEAD
  auto head = run([&] { return client_.head_object("a"); });
  ASSERT_FALSE(head);
  EXPECT_TRUE(head.error().is_not_found());
  EXPECT_EQ(head.error().code, "");

  store_.answer(503, "<html>not XML of S3's");
  auto bucket = run([&] { return client_.head_bucket(); });
  ASSERT_FALSE(bucket);
  EXPECT_EQ(bucket.error().status, 503u);
}

TEST_F(S3ClientTest, AWrongSecretIsAnErrorToo) {
  S3Client other(http_, endpoint(), credentials::fixed({"AKID", Secret("no"), Secret()}),
                 [] { return now; });
  auto answer = run([&] { return other.create_bucket(); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "SignatureDoesNotMatch");
  EXPECT_EQ(store_.count(), 0u);
}

TEST_F(S3ClientTest, NobodyListens) {
  S3Endpoint nowhere = endpoint();
  nowhere.endpoint = "http://127.0.0.1:1";
  S3Client client(http_, nowhere, credentials::fixed(keys()), [] { return now; });
  auto answer = run([&] { return client.head_bucket(); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().transport, net::ClientError::unreachable);
  EXPECT_EQ(answer.error().status, 0u);
}

TEST_F(S3ClientTest, GetPassesRangeAndConditionsOn) {
  GetConditions conditions;
  conditions.range = "bytes=1-2";
  conditions.if_match = "\"e1\"";
  conditions.if_none_match = "\"e2\"";
  conditions.if_modified_since = "Tue, 24 Nov 2026 04:00:00 GMT";
  conditions.if_unmodified_since = "Tue, 24 Nov 2026 05:00:00 GMT";
  conditions.if_range = "\"e3\"";
  store_.answer(206, "bc", headers({{"Content-Range", "bytes 1-2/5"}}));
  auto body = run([&]() -> S3Task<std::string> {
    auto object = co_await client_.get_object("a", conditions);
    if (!object) co_return std::unexpected(object.error());
    EXPECT_EQ(object->head.status, 206u);
    EXPECT_EQ(object->head.field("content-range"), "bytes 1-2/5");
    auto bytes = co_await object->exchange->read_all(100);
    co_return bytes.value_or("(cut)");
  });
  ASSERT_TRUE(body) << body.error().text();
  EXPECT_EQ(*body, "bc");
  const auto fields = store_.last().fields;
  EXPECT_EQ(fields.at("range"), "bytes=1-2");
  EXPECT_EQ(fields.at("if-match"), "\"e1\"");
  EXPECT_EQ(fields.at("if-none-match"), "\"e2\"");
  EXPECT_EQ(fields.at("if-modified-since"), "Tue, 24 Nov 2026 04:00:00 GMT");
  EXPECT_EQ(fields.at("if-unmodified-since"), "Tue, 24 Nov 2026 05:00:00 GMT");
  EXPECT_EQ(fields.at("if-range"), "\"e3\"");
}

TEST_F(S3ClientTest, NotModifiedIsAnAnswerAndAFailedConditionAnError) {
  store_.answer(304, "", headers({{"ETag", "\"e1\""}}));
  auto same = run([&] { return client_.get_object("a", {.if_none_match = "\"e1\""}); });
  ASSERT_TRUE(same);
  EXPECT_EQ(same->head.status, 304u);
  store_.answer(412, error_body("PreconditionFailed"));
  auto failed = run([&] { return client_.get_object("a", {.if_match = "\"e2\""}); });
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().is_precondition_failed());
  store_.answer(416, error_body("InvalidRange"));
  auto range = run([&] { return client_.get_object("a", {.range = "bytes=9-"}); });
  ASSERT_FALSE(range);
  EXPECT_TRUE(range.error().is_range_not_satisfiable());
}

TEST_F(S3ClientTest, FirstBytesEvenFromAStoreWithoutRangesOrFromAnEmptyObject) {
  store_.answer(206, "abcd");
  EXPECT_EQ(run([&] { return client_.get_first_bytes("a", 4); }).value(), "abcd");
  EXPECT_EQ(store_.last().fields.at("range"), "bytes=0-3");
  store_.answer(200, "abcdefgh");
  EXPECT_EQ(run([&] { return client_.get_first_bytes("a", 4); }).value(), "abcd");
  store_.answer(416, error_body("InvalidRange"));
  EXPECT_EQ(run([&] { return client_.get_first_bytes("a", 4); }).value(), "");
}

// Writes the pieces and ends.
S3Task<PutResult> put(S3Client& client, PutRequest request, std::vector<std::string> pieces) {
  auto writer = co_await client.put_object(std::move(request));
  if (!writer) co_return std::unexpected(writer.error());
  for (const std::string& piece : pieces)
    if (auto written = co_await (*writer)->write(piece); !written) break;
  co_return co_await (*writer)->finish();
}

TEST_F(S3ClientTest, PutStreamsWhatWasSigned) {
  store_.answer(200, "", headers({{"ETag", "\"e1\""}, {"x-amz-checksum-sha256", "CCCC"}}));
  PutRequest request{.key = "a",
                     .content_length = 6,
                     .content_type = "image/png",
                     .checksum_sha256 = "CCCC",
                     .content_md5 = "MMMM",
                     .if_none_match = true};
  auto result = run([&] { return put(client_, request, {"abc", "def"}); });
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->etag, "e1");
  EXPECT_EQ(result->checksum_sha256, "CCCC");
  const Seen seen = store_.last();
  EXPECT_EQ(seen.body, "abcdef");
  EXPECT_EQ(seen.fields.at("content-length"), "6");
  EXPECT_EQ(seen.fields.at("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(seen.fields.at("content-type"), "image/png");
  EXPECT_EQ(seen.fields.at("if-none-match"), "*");
  EXPECT_EQ(seen.fields.at("x-amz-checksum-sha256"), "CCCC");
  EXPECT_EQ(seen.fields.at("content-md5"), "MMMM");
  for (std::string_view name :
       {"content-type", "content-md5", "if-none-match", "x-amz-checksum-sha256"})
    EXPECT_NE(seen.signed_headers.find(name), std::string::npos) << name;
}

TEST_F(S3ClientTest, PutOfNothing) {
  store_.answer(200, "", headers({{"ETag", "\"e0\""}}));
  auto result = run([&] { return put(client_, {.key = "a", .content_type = "x/y"}, {}); });
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(store_.last().fields.at("content-length"), "0");
  EXPECT_FALSE(store_.last().fields.contains("if-none-match"));
}

TEST_F(S3ClientTest, ATakenKeyIs412) {
  store_.answer(412, error_body("PreconditionFailed"));
  PutRequest request{.key = "a", .content_length = 1, .content_type = "x/y", .if_none_match = true};
  auto result = run([&] { return put(client_, request, {"a"}); });
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is_precondition_failed());
}

TEST_F(S3ClientTest, CopyNamesItsSourceEncoded) {
  store_.answer(200, "<CopyObjectResult><ETag>\"e2\"</ETag></CopyObjectResult>");
  CopyRequest request{
      .source_key = "staging/ä ?", .key = "a", .source_etag = "e1", .content_type = "image/png"};
  auto result = run([&] { return client_.copy_object(request); });
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->etag, "e2");
  const auto fields = store_.last().fields;
  EXPECT_EQ(fields.at("x-amz-copy-source"), "/photos/staging/%C3%A4%20%3F");
  EXPECT_EQ(fields.at("x-amz-copy-source-if-match"), "\"e1\"");
  EXPECT_EQ(fields.at("x-amz-metadata-directive"), "REPLACE");
  EXPECT_EQ(fields.at("content-type"), "image/png");
}

TEST_F(S3ClientTest, ACopyMayFailAfterIts200) {
  store_.answer(200, error_body("InternalError"));
  auto failed = run([&] { return client_.copy_object({.source_key = "s", .key = "a"}); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "InternalError");
  store_.answer(200, "no XML");
  auto garbage = run([&] { return client_.copy_object({.source_key = "s", .key = "a"}); });
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().transport, net::ClientError::malformed);
}

TEST_F(S3ClientTest, DeletingWhatIsNotThereIsDone) {
  store_.answer(204);
  EXPECT_TRUE(run([&] { return client_.delete_object("a"); }));
  EXPECT_EQ(store_.last().method, "DELETE");
  store_.answer(404, error_body("NoSuchKey"));
  EXPECT_TRUE(run([&] { return client_.delete_object("a"); }));
  // But not where the bucket is not there, or where it may not be deleted.
  store_.answer(404, error_body("NoSuchBucket"));
  EXPECT_FALSE(run([&] { return client_.delete_object("a"); }));
  store_.answer(403, error_body("AccessDenied"));
  EXPECT_FALSE(run([&] { return client_.delete_object("a"); }));
}

TEST_F(S3ClientTest, CreateBucketNamesItsRegionAndMayComeAgain) {
  store_.answer(200);
  EXPECT_TRUE(run([&] { return client_.create_bucket(); }));
  EXPECT_EQ(store_.last().path, "/photos");
  EXPECT_NE(store_.last().body.find("<LocationConstraint>eu-test-1<"), std::string::npos);
  store_.answer(409, error_body("BucketAlreadyOwnedByYou"));
  EXPECT_TRUE(run([&] { return client_.create_bucket(); }));
  store_.answer(409, error_body("BucketAlreadyExists"));
  EXPECT_FALSE(run([&] { return client_.create_bucket(); }));
}

TEST_F(S3ClientTest, CorsGoesWithItsDigest) {
  s3::CorsConfiguration cors;
  cors.rules.push_back({.allowed_origins = {"https://a"}, .allowed_methods = {"GET"}});
  store_.answer(200);
  ASSERT_TRUE(run([&] { return client_.put_bucket_cors(cors); }));
  const Seen seen = store_.last();
  EXPECT_EQ(seen.query, "cors=");
  EXPECT_EQ(s3::parse_cors(seen.body), cors);
  auto md5 = Md5().update(seen.body).finish();
  EXPECT_EQ(seen.fields.at("content-md5"), base64_encode(as_bytes_view(md5)));
}

TEST_F(S3ClientTest, PresignsForThePublicHost) {
  std::vector<sigv4::QueryParameter> query = {{"response-content-type", "image/png"}};
  std::string url;
  client_.presign_to(url, {.method = "GET",
                           .key = "a b",
                           .query = query,
                           .date = now,
                           .expires = std::chrono::seconds(180)});
  EXPECT_TRUE(url.starts_with("https://content.example.com/photos/a%20b?")) << url;
  EXPECT_NE(url.find("response-content-type=image%2Fpng"), std::string::npos);
  EXPECT_NE(url.find("X-Amz-Expires=180"), std::string::npos);
  EXPECT_EQ(client_.public_origin(), "https://content.example.com");
}

TEST_F(S3ClientTest, VirtualHostsHoldTheBucket) {
  S3Endpoint aws{.endpoint = "https://s3.eu-test-1.amazonaws.com",
                 .region = "eu-test-1",
                 .bucket = "photos",
                 .path_style = false};
  S3Client client(http_, aws, credentials::fixed(keys()), [] { return now; });
  std::string url;
  client.presign_to(
      url, {.method = "PUT", .key = "a", .date = now, .expires = std::chrono::seconds(60)});
  EXPECT_TRUE(url.starts_with("https://photos.s3.eu-test-1.amazonaws.com/a?")) << url;
  EXPECT_EQ(client.public_origin(), "https://photos.s3.eu-test-1.amazonaws.com");
}

TEST_F(S3ClientTest, RefusesAnEndpointThatIsNone) {
  for (std::string url : {"", "ftp://host", "http://host/path", "http://user@host"}) {
    S3Endpoint bad = endpoint();
    bad.endpoint = url;
    EXPECT_THROW(S3Client(http_, bad, credentials::fixed(keys()), [] { return now; }),
                 std::invalid_argument)
        << url;
  }
}

}  // namespace
}  // namespace signpost::s3client

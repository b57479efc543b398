#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "credentials/timed.hpp"
#include "net/http_client.hpp"
#include "net/task.hpp"
#include "s3/cors.hpp"
#include "s3/fetched.hpp"
#include "s3client/s3_error.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::s3client {

template <class T>
using S3Task = net::Task<std::expected<T, S3Error>>;

// Where a bucket is. Both URLs are "http(s)://host[:port]" without a path.
struct S3Endpoint {
  std::string endpoint;         // where we call ourselves
  std::string public_endpoint;  // what stands in pre-signed URLs; empty: the same
  std::string region = "us-east-1";
  std::string bucket;
  bool path_style = true;
};

// What HEAD says of an object.
struct ObjectInfo {
  std::uint64_t size = 0;  // bytes
  std::string etag;        // without quotes
  std::string content_type;
  std::string last_modified;                   // HTTP-date; empty where the store gives none
  std::optional<std::string> checksum_sha256;  // base64, of the whole object
};

// Fields of the caller that go on to the store as they are.
struct GetConditions {
  std::optional<std::string> range;  // "bytes=0-99"
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> if_modified_since;
  std::optional<std::string> if_unmodified_since;
  std::optional<std::string> if_range;
};

// An answer of 200, 206 or 304, its body still to be read from the exchange.
struct ObjectBody {
  net::ResponseHead head;
  std::unique_ptr<net::ClientExchange> exchange;
};

struct PutRequest {
  std::string key;
  std::uint64_t content_length = 0;  // bytes; exactly so many must be written
  std::string content_type;
  std::optional<std::string> checksum_sha256;  // base64: the store refuses other bytes
  std::optional<std::string> content_md5;      // base64: the same
  std::optional<std::string> payload_sha256;   // 64 lower-case digits; else UNSIGNED-PAYLOAD
  bool if_none_match = false;                  // 412 where the key is taken
};

struct PutResult {
  std::string etag;  // without quotes
  std::optional<std::string> checksum_sha256;
};

// The body of a PUT under way. Destroying it before finish() cuts the connection: the store keeps
// nothing.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::unique_ptr<net::ClientExchange> exchange)
      : exchange_(std::move(exchange)) {}
  // On an error call finish(): the store may have refused early, and says why.
  S3Task<void> write(std::span<const char> bytes);
  S3Task<PutResult> finish();

 private:
  std::unique_ptr<net::ClientExchange> exchange_;
};

struct CopyRequest {
  std::string source_key;  // in the same bucket
  std::string key;
  std::optional<std::string> source_etag;   // without quotes: 412 where the source has changed
  std::optional<std::string> content_type;  // replaces the source's type
};

struct ListRequest {
  std::string prefix;
  std::string start_after = {};          // keys behind this one; empty: from the first
  std::optional<std::string> page = {};  // ObjectPage::next of the page before
};

struct ObjectPage {
  std::vector<std::string> keys;    // in the order of their bytes
  std::optional<std::string> next;  // nothing where this is the last
};

struct PresignedUrl {
  std::string_view method;  // "GET", "HEAD" or "PUT"
  std::string_view key;
  std::span<const sigv4::QueryParameter> query = {};  // response-content-type, ...; not encoded
  std::span<const FieldView> signed_fields = {};      // what the client must send; without Host
  UnixSeconds date;
  std::chrono::seconds expires;
};

// The gateway's only way to bytes: one bucket of any S3. One for each worker, and only on its
// thread. Every operation is a file of its own.
class S3Client {
 public:
  using Clock = std::function<UnixSeconds()>;
  // Throws std::invalid_argument where a URL of the endpoint is none.
  S3Client(net::HttpClient& http, S3Endpoint endpoint, credentials::Current credentials,
           Clock clock);

  const std::string& bucket() const { return endpoint_.bucket; }
  // "https://content.example.com": the origin that a browser sees in pre-signed URLs.
  std::string public_origin() const;

  // 404 or 403 as an error.
  S3Task<void> head_bucket();
  // Well also where the bucket is ours already.
  S3Task<void> create_bucket();
  S3Task<void> put_bucket_cors(const s3::CorsConfiguration& configuration);

  S3Task<ObjectInfo> head_object(std::string key);
  // 416, 412 and every other status are errors; 304 is an answer.
  S3Task<ObjectBody> get_object(std::string key, GetConditions conditions);
  // At most `limit` of the first bytes, fewer where the object is shorter.
  S3Task<std::string> get_first_bytes(std::string key, std::size_t limit);
  S3Task<std::unique_ptr<ObjectWriter>> put_object(PutRequest request);
  // 412 where source_etag does not hold. The result's etag is the new object's.
  S3Task<PutResult> copy_object(CopyRequest request);
  // A page of the bucket's keys (ListObjectsV2).
  S3Task<ObjectPage> list_objects(ListRequest request);
  // Well also where there is no such object.
  S3Task<void> delete_object(std::string key);

  // Tickets' tags (s3/ticket.hpp), at most s3::withdrawals_in_one_request: the embedded store
  // refuses from now on what was signed with one.
  S3Task<void> withdraw_tickets(std::span<const std::string> tags);

  // What the embedded store has counted for tickets behind that place, "" being the first; it
  // forgets what comes before it.
  S3Task<s3::FetchReport> report_fetches(std::string place);

  // Puts the URL behind what is in `out`, which nothing in `url` may be a view of. Offline.
  void presign_to(std::string& out, const PresignedUrl& url);
  // When the credentials end that presign_to() signs with: no URL is good past it.
  std::optional<UnixSeconds> credentials_end() { return signers().snapshot->ends_at; }

 private:
  struct Call;
  struct Signers {
    credentials::Snapshot snapshot;
    sigv4::HeaderSigner header;
    sigv4::Presigner presigner;
  };
  Signers make_signers() const;
  // With the credentials of now.
  const Signers& signers();
  // Signs, connects and sends the head.
  S3Task<std::unique_ptr<net::ClientExchange>> send(const Call& call);
  // send(), a small body, and an answer read whole; a status that is not 2xx is an error.
  S3Task<std::pair<net::ResponseHead, std::string>> round_trip(const Call& call);

  net::HttpClient& http_;
  S3Endpoint endpoint_;
  net::Origin origin_;
  Clock clock_;
  credentials::Current credentials_;
  Signers signers_;
  sigv4::AmzDate url_date_{UnixSeconds()};  // of the last URL: the next one's is mostly the same
};

}  // namespace signpost::s3client

#include "sigv4/presign.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory_resource>
#include <vector>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/kept_key.hpp"
#include "sigv4/sign_header.hpp"
#include "sigv4/signing_key.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::sigv4 {
namespace {

constexpr std::string_view expires_parameter = "&X-Amz-Expires=";
constexpr std::string_view signed_headers_parameter = "&X-Amz-SignedHeaders=";
constexpr std::string_view token_parameter = "&X-Amz-Security-Token=";
constexpr std::string_view signature_parameter = "&X-Amz-Signature=";
constexpr std::string_view host_alone = "host";
constexpr std::size_t signature_digits = 64;

// A growing text in memory that is big enough: the caller has computed the size.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  Pen& put(std::string_view text) {
    at_ = copy_to(at_, text);
    return *this;
  }
  Pen& put(char c) {
    *at_++ = c;
    return *this;
  }
  Pen& encode(std::string_view text, Slash slash) {
    at_ = encode_to(at_, text, slash);
    return *this;
  }
  char* at() const { return at_; }

 private:
  char* at_;
};

std::string_view join(std::pmr::memory_resource& memory, std::string_view a, std::string_view b,
                      std::string_view c = {}) {
  char* const begin = static_cast<char*>(memory.allocate(a.size() + b.size() + c.size(), 1));
  const char* const end = Pen(begin).put(a).put(b).put(c).at();
  return {begin, end};
}

// "content-type;host": the names in lower case, sorted. A view of `memory`.
std::string_view signed_headers_of(std::span<const FieldView> fields,
                                   std::pmr::memory_resource& memory) {
  if (fields.size() == 1) return host_alone;
  std::pmr::vector<std::string_view> names(&memory);
  names.reserve(fields.size());
  std::size_t size = 0;
  for (const FieldView& field : fields) {
    char* const begin = static_cast<char*>(memory.allocate(field.name.size(), 1));
    std::ranges::transform(field.name, begin, [](char c) { return to_lower(c); });
    names.emplace_back(begin, field.name.size());
    size += field.name.size() + 1;
  }
  std::ranges::sort(names);
  char* const begin = static_cast<char*>(memory.allocate(size, 1));
  Pen pen(begin);
  for (std::string_view name : names) {
    if (pen.at() != begin) pen.put(';');
    pen.put(name);
  }
  return {begin, size - 1};
}

// The query in canonical order. `url_query` is the whole query without the signature, as it stands
// in the URL: each pair is in canonical encoding already, only the order may differ.
std::string_view sorted_query(std::string_view url_query, std::pmr::memory_resource& memory) {
  std::pmr::vector<EncodedPair> pairs(&memory);
  pairs.reserve(static_cast<std::size_t>(std::ranges::count(url_query, '&')) + 1);
  while (!url_query.empty()) {
    const auto end = std::min(url_query.find('&'), url_query.size());
    const std::string_view pair = url_query.substr(0, end);
    const auto equals = pair.find('=');
    pairs.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
    url_query.remove_prefix(std::min(end + 1, url_query.size()));
  }
  return canonical_query(pairs, memory);
}

std::string_view payload_hash_of(std::span<const QueryParameter> query) {
  for (const QueryParameter& parameter : query)
    if (equal_ignoring_case(parameter.name, "x-amz-content-sha256")) return parameter.value;
  return unsigned_payload;
}

// The URL up to the signature, and where its parts stand.
struct UnsignedUrl {
  std::string text;
  std::size_t path = 0;
  std::size_t query = 0;
  std::size_t end = 0;  // of the query; the signature follows
};

}  // namespace

struct Presigner::State {
  Credentials credentials;
  std::string region;
  Endpoint endpoint;
  std::string service;
  // What is the same in every URL, on both sides of the day.
  std::string origin = endpoint.scheme() + "://" + endpoint.authority();
  std::string scope_end = "/" + region + "/" + service + "/" + std::string(scope_terminator);
  std::string query_begin = "X-Amz-Algorithm=" + std::string(algorithm) + "&X-Amz-Credential=" +
                            percent_encode(credentials.access_key_id + "/", Slash::encode);
  std::string query_middle = percent_encode(scope_end, Slash::encode) + "&X-Amz-Date=";
  KeptKey key = {};

  SigningKey key_of(std::string_view day) {
    return key.get(credentials.secret_access_key,
                   {.day = day, .region = region, .service = service});
  }

  bool bucket_in_host(const PresignRequest& request) const {
    return endpoint.addressing() == Addressing::virtual_host && !request.bucket.empty();
  }

  std::string_view host(const PresignRequest& request, std::pmr::memory_resource& memory) const {
    if (!bucket_in_host(request)) return endpoint.service_host();
    return join(memory, request.bucket, ".", endpoint.service_host());
  }

  UnsignedUrl write(const PresignRequest& request, std::string_view signed_headers) const;
};

UnsignedUrl Presigner::State::write(const PresignRequest& request,
                                    std::string_view signed_headers) const {
  const std::string_view token = credentials.session_token.reveal();
  std::array<char, 24> expires_text;
  const auto expires_end =
      std::to_chars(expires_text.data(), expires_text.data() + 24, request.expires.count()).ptr;
  const std::string_view expires(expires_text.data(), expires_end);
  const bool in_host = bucket_in_host(request);
  const bool in_path = !in_host && !request.bucket.empty();

  // An upper bound: an encoded byte is three characters at the most.
  std::size_t size = origin.size() + 3 + 3 * (request.bucket.size() + request.key.size());
  for (const QueryParameter& parameter : request.query)
    size += 3 * (parameter.name.size() + parameter.value.size()) + 2;
  size += query_begin.size() + request.date.day().size() + query_middle.size() +
          request.date.text().size() + expires_parameter.size() + expires.size() +
          signed_headers_parameter.size() + 3 * signed_headers.size() + token_parameter.size() +
          3 * token.size() + signature_parameter.size() + signature_digits;

  UnsignedUrl url;
  url.text.resize_and_overwrite(size, [](char*, std::size_t all) { return all; });
  char* const begin = url.text.data();
  Pen pen(begin);
  if (in_host) {
    pen.put(endpoint.scheme()).put("://").put(request.bucket).put('.').put(endpoint.authority());
  } else {
    pen.put(origin);
  }
  url.path = static_cast<std::size_t>(pen.at() - begin);
  if (in_path) pen.put('/').encode(request.bucket, Slash::keep);
  if (!in_path || !request.key.empty()) pen.put('/').encode(request.key, Slash::keep);
  pen.put('?');
  url.query = static_cast<std::size_t>(pen.at() - begin);
  for (const QueryParameter& parameter : request.query)
    pen.encode(parameter.name, Slash::encode)
        .put('=')
        .encode(parameter.value, Slash::encode)
        .put('&');
  pen.put(query_begin).put(request.date.day()).put(query_middle).put(request.date.text());
  pen.put(expires_parameter).put(expires);
  if (signed_headers == host_alone) {  // as in most URLs
    pen.put(signed_headers_parameter).put(host_alone);
  } else {
    pen.put(signed_headers_parameter).encode(signed_headers, Slash::encode);
  }
  if (!token.empty()) pen.put(token_parameter).encode(token, Slash::encode);
  url.end = static_cast<std::size_t>(pen.at() - begin);
  return url;
}

Presigner::Presigner(Credentials credentials, std::string region, Endpoint endpoint,
                     std::string service)
    : state_(std::make_unique<State>(std::move(credentials), std::move(region), std::move(endpoint),
                                     std::move(service))) {}
Presigner::~Presigner() = default;
Presigner::Presigner(Presigner&&) noexcept = default;
Presigner& Presigner::operator=(Presigner&&) noexcept = default;

const Endpoint& Presigner::endpoint() const {
  return state_->endpoint;
}
const std::string& Presigner::access_key_id() const {
  return state_->credentials.access_key_id;
}

std::string Presigner::presign(const PresignRequest& request) const {
  std::array<std::byte, 3072> stack;
  std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
  const FieldView host{"host", state_->host(request, memory)};
  std::pmr::vector<FieldView> all_fields(&memory);
  std::span<const FieldView> fields(&host, 1);
  if (!request.signed_fields.empty()) {
    all_fields.reserve(request.signed_fields.size() + 1);
    all_fields.push_back(host);
    all_fields.insert(all_fields.end(), request.signed_fields.begin(), request.signed_fields.end());
    fields = all_fields;
  }
  const std::string_view signed_headers = signed_headers_of(fields, memory);

  UnsignedUrl url = state_->write(request, signed_headers);
  const std::string_view text = url.text;
  std::string_view query = text.substr(url.query, url.end - url.query);
  // The parameters of a signature are in canonical order already, but for the token.
  if (!request.query.empty() || !state_->credentials.session_token.empty())
    query = sorted_query(query, memory);
  const CanonicalRequest canonical{.method = request.method,
                                   .uri = text.substr(url.path, url.query - 1 - url.path),
                                   .query = query,
                                   .fields = fields,
                                   .signed_headers = signed_headers,
                                   .payload_hash = payload_hash_of(request.query)};
  const std::string_view day = request.date.day();
  const std::string_view scope = join(memory, day, state_->scope_end);
  StringToSign to_sign(request.date, scope, canonical.hash());
  const Signature signature = to_sign.sign(state_->key_of(day));
  Pen pen(url.text.data() + url.end);
  pen.put(signature_parameter).put(signature.hex());
  url.text.resize(static_cast<std::size_t>(pen.at() - url.text.data()));
  return std::move(url.text);
}

}  // namespace signpost::sigv4

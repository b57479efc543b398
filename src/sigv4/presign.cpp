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
constexpr std::string_view signatures_last_name = "X-Amz-SignedHeaders";  // without a token
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

// Takes a query apart that is in canonical encoding.
void add_pairs(std::pmr::vector<EncodedPair>& pairs, std::string_view query) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const auto equals = pair.find('=');
    pairs.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

std::string_view payload_hash_of(std::span<const QueryParameter> query) {
  for (const QueryParameter& parameter : query)
    if (equal_ignoring_case(parameter.name, "x-amz-content-sha256")) return parameter.value;
  return unsigned_payload;
}

// The URL up to the signature, with room for that, and where its parts stand.
struct UnsignedUrl {
  char* end;
  std::string_view path;
  std::pmr::vector<EncodedPair> callers_pairs;  // as they stand in the URL
  std::string_view callers;                     // the text of these
  std::string_view signatures;  // the parameters of the signature: what follows them
};

// The query in canonical order. Nearly always there is nothing to sort: what is signed is what the
// URL has, the signature's parameters before the caller's.
std::string_view canonical_query_of(UnsignedUrl& url, bool has_token,
                                    std::pmr::memory_resource& memory) {
  auto& pairs = url.callers_pairs;
  if (!has_token) {
    if (pairs.empty()) return url.signatures;
    if (pairs.front().name > signatures_last_name && std::ranges::is_sorted(pairs, comes_before))
      return join(memory, url.signatures, "&", url.callers);
  }
  add_pairs(pairs, url.signatures);
  return canonical_query(pairs, memory);
}

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

  UnsignedUrl write(const PresignRequest& request, std::string_view signed_headers,
                    std::string& out, std::pmr::memory_resource& memory) const;
};

// Behind what is in `out`.
UnsignedUrl Presigner::State::write(const PresignRequest& request, std::string_view signed_headers,
                                    std::string& out, std::pmr::memory_resource& memory) const {
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

  const std::size_t before = out.size();
  out.resize_and_overwrite(before + size, [](char*, std::size_t all) { return all; });
  Pen pen(out.data() + before);
  UnsignedUrl url{.end = nullptr,
                  .path = {},
                  .callers_pairs = std::pmr::vector<EncodedPair>(&memory),
                  .callers = {},
                  .signatures = {}};
  if (in_host) {
    pen.put(endpoint.scheme()).put("://").put(request.bucket).put('.').put(endpoint.authority());
  } else {
    pen.put(origin);
  }
  const char* const path = pen.at();
  if (in_path) pen.put('/').encode(request.bucket, Slash::keep);
  if (!in_path || !request.key.empty()) pen.put('/').encode(request.key, Slash::keep);
  url.path = {path, pen.at()};

  pen.put('?');
  const char* const callers = pen.at();
  url.callers_pairs.reserve(request.query.size());
  for (const QueryParameter& parameter : request.query) {
    const char* const name = pen.at();
    const char* const equals = pen.encode(parameter.name, Slash::encode).at();
    const char* const end = pen.put('=').encode(parameter.value, Slash::encode).at();
    url.callers_pairs.push_back({{name, equals}, {equals + 1, end}});
    url.callers = {callers, end};
    pen.put('&');
  }
  const char* const signatures = pen.at();
  pen.put(query_begin).put(request.date.day()).put(query_middle).put(request.date.text());
  pen.put(expires_parameter).put(expires);
  if (signed_headers == host_alone) {  // as in most URLs
    pen.put(signed_headers_parameter).put(host_alone);
  } else {
    pen.put(signed_headers_parameter).encode(signed_headers, Slash::encode);
  }
  if (!token.empty()) pen.put(token_parameter).encode(token, Slash::encode);
  url.end = pen.at();
  url.signatures = {signatures, url.end};
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
  std::string url;
  presign_to(url, request);
  return url;
}

void Presigner::presign_to(std::string& out, const PresignRequest& request) const {
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

  UnsignedUrl url = state_->write(request, signed_headers, out, memory);
  const bool has_token = !state_->credentials.session_token.empty();
  const CanonicalRequest canonical{.method = request.method,
                                   .uri = url.path,
                                   .query = canonical_query_of(url, has_token, memory),
                                   .fields = fields,
                                   .signed_headers = signed_headers,
                                   .payload_hash = payload_hash_of(request.query)};
  const std::string_view day = request.date.day();
  const std::string_view scope = join(memory, day, state_->scope_end);
  StringToSign to_sign(request.date, scope, canonical.hash());
  const Signature signature = to_sign.sign(state_->key_of(day));
  const char* const end = Pen(url.end).put(signature_parameter).put(signature.hex()).at();
  out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace signpost::sigv4

#include "sigv4/canonical_request.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/ascii.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/marks.hpp"

namespace signpost::sigv4 {
namespace {

// Collects pieces and hashes them in few calls; in one where they fit.
class HashSink {
 public:
  // Inlined, so that pieces of a known size are stored without a call.
  [[gnu::always_inline]] void put(std::string_view piece) {
    if (piece.size() > capacity - used_) return put_in_parts(piece);
    std::copy_n(piece.data(), piece.size(), buffer_.data() + used_);
    used_ += piece.size();
  }
  void put(char c) {
    if (used_ == capacity) flush();
    buffer_[used_++] = c;
  }
  Sha256Digest finish() {
    if (!hash_) return sha256_in_place(buffer_.data(), used_);
    flush();
    return hash_->finish();
  }

 private:
  static constexpr std::size_t capacity = 2048;

  void put_in_parts(std::string_view piece) {
    flush();
    if (piece.size() > capacity) {
      hash_->update(piece);
    } else {
      put(piece);
    }
  }
  void flush() {
    if (!hash_) hash_.emplace();
    hash_->update({buffer_.data(), used_});
    used_ = 0;
  }
  std::optional<Sha256> hash_;  // of what was in the buffer before
  std::array<char, capacity + sha256_padding> buffer_;
  std::size_t used_ = 0;
};

class TextSink {
 public:
  void put(std::string_view piece) { text_.append(piece); }
  void put(char c) { text_.push_back(c); }
  std::string finish() { return std::move(text_); }

 private:
  std::string text_;
};

constexpr bool is_space(char c) {
  return (c == ' ') | ((c >= '\t') & (c <= '\r'));
}

// Whether there is surely no white space in it: so with most values, and then nothing is to be
// changed.
bool is_solid(std::string_view value) {
  return Marks<':', '/', ',', ';', '='>(value).next() == value.size();
}

// Without white space at the ends, and with one space for each run of it within.
template <class Sink>
void put_value(Sink& sink, std::string_view value) {
  if (is_solid(value)) return sink.put(value);
  bool first = true;
  for (std::size_t i = 0; i < value.size();) {
    if (is_space(value[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < value.size() && !is_space(value[end])) ++end;
    if (!first) sink.put(' ');
    sink.put(value.substr(i, end - i));
    first = false;
    i = end;
  }
}

// "name:value\n", the values of a name that came more than once joined with ','.
template <class Sink>
void put_field(Sink& sink, std::string_view name, std::span<const FieldView> fields) {
  sink.put(name);
  char separator = ':';
  for (const FieldView& field : fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    sink.put(separator);
    put_value(sink, field.value);
    separator = ',';
  }
  if (separator == ':') sink.put(':');
  sink.put('\n');
}

template <class Sink>
auto write(const CanonicalRequest& request) {
  Sink sink;
  sink.put(request.method);
  sink.put('\n');
  sink.put(request.uri);
  sink.put('\n');
  sink.put(request.query);
  sink.put('\n');
  std::string_view rest = request.signed_headers;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    put_field(sink, rest.substr(0, end), request.fields);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  sink.put('\n');
  sink.put(request.signed_headers);
  sink.put('\n');
  sink.put(request.payload_hash);
  return sink.finish();
}

// Removes "." and empty segments, and ".." with the segment before it. A final '/' stays.
std::string_view normalize(std::string_view path, std::pmr::memory_resource& memory) {
  std::pmr::vector<std::string_view> segments(&memory);
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  const bool is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  char* const begin = static_cast<char*>(memory.allocate(path.size() + 2, 1));
  char* out = begin;
  for (std::string_view segment : segments) {
    *out++ = '/';
    out = copy_to(out, segment);
  }
  if (segments.empty() || is_folder) *out++ = '/';
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace

std::optional<std::string_view> canonical_uri(std::string_view raw_path, PathRule rule,
                                              std::pmr::memory_resource& memory) {
  if (raw_path.empty()) return "/";
  auto encoded = canonical_text(raw_path, Slash::keep, memory);
  if (encoded && rule == PathRule::normalized) return normalize(*encoded, memory);
  return encoded;
}

bool comes_before(const EncodedPair& a, const EncodedPair& b) {
  const int names = a.name.compare(b.name);
  return names != 0 ? names < 0 : a.value < b.value;
}

std::string_view canonical_query(std::span<EncodedPair> pairs, std::pmr::memory_resource& memory) {
  std::ranges::sort(pairs, comes_before);
  std::size_t size = 0;
  for (const EncodedPair& pair : pairs) size += pair.name.size() + pair.value.size() + 2;
  if (size == 0) return {};
  char* const begin = static_cast<char*>(memory.allocate(size, 1));
  char* out = begin;
  for (const EncodedPair& pair : pairs) {
    if (out != begin) *out++ = '&';
    out = copy_to(out, pair.name);
    *out++ = '=';
    out = copy_to(out, pair.value);
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

std::string CanonicalRequest::text() const {
  return write<TextSink>(*this);
}

Sha256Digest CanonicalRequest::hash() const {
  return write<HashSink>(*this);
}

}  // namespace signpost::sigv4

#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "net/plain_head.hpp"
#include "net/raw_head.hpp"

namespace signpost::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// What stands at the front of `rest` where a chunk's line is due (RFC 9112 section 7.1).
enum class ChunkLine { incomplete, data, last, defective };

std::size_t hex_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && hex_digit(text[count]) >= 0) ++count;
  return count;
}

// Beast would wait for ever on an unbalanced quote, and takes folded trailers: so a line is judged
// before Beast sees it.
ChunkLine judge_chunk_line(std::string_view rest) {
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  std::size_t end = rest.find('\n');
  if (end == std::string_view::npos)
    return rest.size() > limits::chunk_line_bytes ? ChunkLine::defective : ChunkLine::incomplete;
  std::string_view line = rest.substr(0, end);
  std::size_t digits = hex_digits(line);
  if (end > limits::chunk_line_bytes || digits == 0 || digits > 16 || !line.ends_with('\r'))
    return ChunkLine::defective;
  if (line.substr(0, digits).find_first_not_of('0') != std::string_view::npos)
    return ChunkLine::data;
  // The last chunk: its trailer, up to an empty line, is judged as a head is.
  std::size_t close = rest.find("\r\n\r\n");
  std::size_t size = close == std::string_view::npos ? rest.size() : close + 4;
  if (size > limits::trailer_bytes) return ChunkLine::defective;
  if (close == std::string_view::npos) return ChunkLine::incomplete;
  return defect_of_head(rest.substr(0, size)) ? ChunkLine::defective : ChunkLine::last;
}

// "Expect: 200" names the answer that a client hopes for. It asks nothing, and S3 takes it.
bool is_success_status(std::string_view value) {
  return value.size() == 3 && value.front() == '2' && std::ranges::all_of(value, is_digit);
}

// "HTTP/d.d" at the end of the request line: a version, though none of ours.
bool names_a_version(std::string_view head) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  if (std::ranges::count(line, ' ') != 2) return false;
  std::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
         version[6] == '.' && is_digit(version[7]);
}

}  // namespace

// What remains of Beast's parser once the raw bytes are known to be clean: the grammar of the start
// line, the fields and the chunks. Its callbacks only collect.
class RequestParser::Beast : public http::basic_parser<true> {
 public:
  explicit Beast(RequestHead& head) : head_(head) {
    header_limit(limits::header_bytes);
    body_limit(boost::none);
  }

  RequestHead& head_;
  bool in_trailer_ = false;
  int version_ = 11;
  int host_count_ = 0, length_count_ = 0, encoding_count_ = 0;
  std::string_view piece_;
  std::uint64_t chunk_left_ = 0;  // bytes of the chunk at hand that are still to come
  std::optional<Refused> refused_;

 private:
  void refuse(unsigned status, std::string_view detail, beast::error_code& ec) {
    if (!refused_) refused_ = Refused{status, detail};
    ec = http::error::bad_field;
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code&) override {
    head_.method = view(method);
    head_.target = view(target);
    version_ = version;
  }

  void on_field_impl(http::field name, beast::string_view raw_name, beast::string_view raw_value,
                     beast::error_code& ec) override {
    if (in_trailer_) return;
    if (head_.fields.size() >= limits::header_fields)
      return refuse(431, "more header fields than 100", ec);
    if (raw_name.size() + raw_value.size() > limits::header_field_bytes)
      return refuse(431, "a header field of 16 KiB or more", ec);
    head_.fields.push_back({view(raw_name), view(raw_value)});
    special_field(name, view(raw_name), view(raw_value), ec);
  }

  void special_field(http::field name, std::string_view raw_name, std::string_view value,
                     beast::error_code& ec) {
    if (name == http::field::host) {
      if (++host_count_ > 1) return refuse(400, "more than one Host", ec);
      head_.host = value;
    } else if (name == http::field::content_length) {
      head_.content_length = parse_u64(value);
      if (++length_count_ > 1 || !head_.content_length)
        return refuse(400, "Content-Length must be one number, once", ec);
    } else if (name == http::field::transfer_encoding) {
      if (++encoding_count_ > 1 || !equal_ignoring_case(value, "chunked"))
        return refuse(400, "the only Transfer-Encoding is chunked, once", ec);
      head_.chunked = true;
    } else if (name == http::field::expect) {
      // An empty list of expectations is one (RFC 9110 section 5.6.1.2).
      if (value.empty() || is_success_status(value)) return;
      if (!equal_ignoring_case(value, "100-continue"))
        return refuse(417, "the only expectation is 100-continue", ec);
      head_.expects_continue = true;
    } else if (equal_ignoring_case(raw_name, "content_length") ||
               equal_ignoring_case(raw_name, "transfer_encoding")) {
      return refuse(400, "a framing field's name is written with an underscore", ec);
    }
  }

  void on_header_impl(beast::error_code&) override { in_trailer_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    piece_ = view(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view,
                            beast::error_code& ec) override {
    if (size > limits::object_bytes) ec = http::error::bad_chunk;
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code&) override {
    piece_ = view(body);
    chunk_left_ -= body.size();
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
};

RequestParser::RequestParser() {
  head_.fields.reserve(32);
}
RequestParser::~RequestParser() = default;

// A parser of Beast's is for one message: the next is made in the same place.
void RequestParser::begin_parsing() {
  if (beast_ == nullptr) {
    beast_ = std::make_unique<Beast>(head_);
  } else {
    std::destroy_at(beast_.get());
    std::construct_at(beast_.get(), head_);
  }
  parsing_ = true;
}

void RequestParser::reset() {
  parsing_ = false;
  plain_ = false;
  scanned_ = 0;
  clear_head();
}

void RequestParser::clear_head() {
  std::vector<FieldView> fields = std::move(head_.fields);
  fields.clear();
  head_ = RequestHead{};
  head_.fields = std::move(fields);
}

RequestParser::HeadResult RequestParser::check_request_line(std::string_view buffer) const {
  std::size_t end = buffer.find("\r\n");
  std::size_t length = end == std::string_view::npos ? buffer.size() : end;
  if (length > limits::request_line_bytes) return Refused{414, "the request line is over 16 KiB"};
  return NeedMore{};
}

RequestParser::HeadResult RequestParser::parse_head(std::string_view buffer) {
  auto line = check_request_line(buffer);
  if (std::holds_alternative<Refused>(line)) return line;
  auto end = find_head_end(buffer.substr(0, limits::header_bytes), scanned_);
  if (!end) {
    if (buffer.size() >= limits::header_bytes) return Refused{431, "the head is over 64 KiB"};
    // Say so at once, rather than wait for an end that a broken line can never reach.
    if (std::size_t lf = buffer.find('\n'); lf != std::string_view::npos)
      if (lf == 0 || buffer[lf - 1] != '\r') return Refused{400, "a line feed stands alone"};
    return NeedMore{};
  }
  if (read_plain_head(buffer.substr(0, *end), head_)) {
    plain_ = true;
    split_target();
    return Parsed{*end};
  }
  clear_head();
  if (auto defect = defect_of_head(buffer.substr(0, *end))) return Refused{400, *defect};
  begin_parsing();
  beast::error_code error;
  std::size_t consumed = beast_->put(boost::asio::buffer(buffer.data(), *end), error);
  if (beast_->refused_) return *beast_->refused_;
  if (error == http::error::bad_version && names_a_version(buffer))
    return Refused{505, "the version must be HTTP/1.0 or HTTP/1.1"};
  if (error == http::error::header_limit) return Refused{431, "the head is over 64 KiB"};
  if (error) return Refused{400, "the request's head is malformed"};
  return finish_head(consumed);
}

RequestParser::HeadResult RequestParser::finish_head(std::size_t consumed) {
  if (beast_->host_count_ != 1) return Refused{400, "Host is missing"};
  if (!is_host(head_.host)) return Refused{400, "Host is no host"};
  if (head_.method == "CONNECT") return Refused{501, "this server is no proxy"};
  if (head_.chunked && head_.content_length)
    return Refused{400, "both Content-Length and Transfer-Encoding"};
  if (head_.chunked && beast_->version_ < 11) return Refused{400, "chunked needs HTTP/1.1"};
  bool asterisk = head_.target == "*" && head_.method == "OPTIONS";
  if (!head_.target.starts_with('/') && !asterisk)
    return Refused{400, "the request target must be in origin form"};
  for (char c : head_.target)
    if (c <= 0x20 || c >= 0x7f || c == '#')
      return Refused{400, "the request target has a byte that must be percent-encoded"};
  split_target();
  head_.keep_alive = beast_->keep_alive();
  return Parsed{consumed};
}

void RequestParser::split_target() {
  std::size_t question = head_.target.find('?');
  head_.path = head_.target.substr(0, question);
  head_.has_query = question != std::string_view::npos;
  if (head_.has_query) head_.query = head_.target.substr(question + 1);
}

bool RequestParser::body_done() const {
  return !parsing_ || beast_->is_done();
}

bool RequestParser::is_http11() const {
  return plain_ || (parsing_ && beast_->version_ == 11);
}

RequestParser::BodyStep RequestParser::parse_body(std::string_view buffer) {
  using Kind = BodyStep::Kind;
  if (body_done()) return {Kind::done};
  std::size_t consumed = 0;
  while (!beast_->is_done()) {
    std::string_view rest = buffer.substr(consumed);
    // The parser's assertions want at least one byte.
    if (rest.empty()) return {Kind::need_more, consumed};
    if (head_.chunked && beast_->chunk_left_ == 0) {
      ChunkLine line = judge_chunk_line(rest);
      if (line == ChunkLine::incomplete) return {Kind::need_more, consumed};
      if (line == ChunkLine::defective) return {Kind::malformed, consumed};
    }
    beast_->piece_ = {};
    beast::error_code error;
    consumed += beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error) return {Kind::malformed, consumed};
    if (!beast_->piece_.empty()) return {Kind::piece, consumed, beast_->piece_};
  }
  return {Kind::done, consumed};
}

}  // namespace signpost::net

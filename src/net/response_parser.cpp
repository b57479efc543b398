#include "net/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "net/raw_head.hpp"

namespace signpost::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

class ResponseParser::Beast : public http::basic_parser<false> {
 public:
  Beast(ResponseHead& head, bool to_head) : head_(head) {
    header_limit(limits::header_bytes);
    body_limit(boost::none);
    skip(to_head);
  }

  ResponseHead& head_;
  bool in_trailer_ = false;
  int length_count_ = 0, encoding_count_ = 0;
  std::string_view piece_;

 private:
  void on_response_impl(int code, beast::string_view, int, beast::error_code&) override {
    head_.status = static_cast<unsigned>(code);
  }

  void on_field_impl(http::field name, beast::string_view raw_name, beast::string_view raw_value,
                     beast::error_code& ec) override {
    if (in_trailer_) return;
    std::string_view value{raw_value.data(), raw_value.size()};
    if (name == http::field::content_length) {
      head_.content_length = parse_u64(value);
      if (++length_count_ > 1 || !head_.content_length) ec = http::error::bad_content_length;
    } else if (name == http::field::transfer_encoding) {
      if (++encoding_count_ > 1 || !equal_ignoring_case(value, "chunked"))
        ec = http::error::bad_transfer_encoding;
    }
    if (head_.fields.size() >= limits::header_fields) ec = http::error::header_limit;
    head_.fields.emplace_back(std::string(raw_name.data(), raw_name.size()), value);
  }

  void on_header_impl(beast::error_code& ec) override {
    in_trailer_ = true;
    if (length_count_ > 0 && encoding_count_ > 0) ec = http::error::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    piece_ = {body.data(), body.size()};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code&) override {
    piece_ = {body.data(), body.size()};
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       beast::error_code&) override {}
};

ResponseParser::ResponseParser(bool to_head) : beast_(std::make_unique<Beast>(head_, to_head)) {}
ResponseParser::~ResponseParser() = default;

ResponseParser::Step ResponseParser::parse_head(std::string_view buffer, std::size_t& consumed) {
  auto end = find_head_end(buffer.substr(0, limits::header_bytes), scanned_);
  if (!end) return buffer.size() >= limits::header_bytes ? Step::malformed : Step::need_more;
  if (defect_of_head(buffer.substr(0, *end))) return Step::malformed;
  beast::error_code error;
  consumed = beast_->put(boost::asio::buffer(buffer.data(), *end), error);
  return error ? Step::malformed : Step::done;
}

ResponseParser::BodyStep ResponseParser::parse_body(std::string_view buffer) {
  using Kind = BodyStep::Kind;
  std::size_t consumed = 0;
  while (!beast_->is_done()) {
    std::string_view rest = buffer.substr(consumed);
    if (rest.empty()) return {Kind::need_more, consumed};
    beast_->piece_ = {};
    beast::error_code error;
    consumed += beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more) {
      bool too_long = buffer.size() - consumed > limits::trailer_bytes;
      return {too_long ? Kind::malformed : Kind::need_more, consumed};
    }
    if (error) return {Kind::malformed, consumed};
    if (!beast_->piece_.empty()) return {Kind::piece, consumed, beast_->piece_};
  }
  return {Kind::done, consumed};
}

bool ResponseParser::end_of_file() {
  beast::error_code error;
  if (!beast_->is_done()) beast_->put_eof(error);
  return !error;
}

bool ResponseParser::body_done() const {
  return beast_->is_done();
}
bool ResponseParser::keep_alive() const {
  return beast_->keep_alive();
}

}  // namespace signpost::net

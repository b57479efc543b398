#include "net/message.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/ascii.hpp"
#include "net/raw_head.hpp"

namespace signpost::net {

std::optional<std::string_view> RequestHead::field(std::string_view name) const {
  for (const FieldView& f : fields)
    if (equal_ignoring_case(f.name, name)) return f.value;
  return std::nullopt;
}

std::size_t RequestHead::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](const FieldView& f) { return equal_ignoring_case(f.name, name); }));
}

thread_local std::string Headers::spare_;

Headers::~Headers() {
  if (text_.capacity() >= usual_bytes && text_.capacity() < 2 * usual_bytes)
    spare_ = std::move(text_);
}

Headers& Headers::add(std::string_view name, std::string_view value) {
  if (places_.empty()) {
    places_.reserve(usual_fields);
    if (text_.capacity() < usual_bytes) text_ = std::move(spare_);
    text_.clear();
    text_.reserve(usual_bytes);
  }
  const std::size_t begin = text_.size();
  const std::size_t end = begin + name.size() + value.size() + 4;
  places_.push_back({begin, name.size(), value.size()});
  text_.resize_and_overwrite(end, [end](char*, std::size_t) { return end; });
  char* at = text_.data() + begin;
  at = std::copy_n(name.data(), name.size(), at);
  at = std::copy_n(": ", 2, at);
  at = std::copy_n(value.data(), value.size(), at);
  std::copy_n("\r\n", 2, at);
  return *this;
}

Headers& Headers::set(std::string_view name, std::string_view value) {
  Headers others;
  for (const FieldView& field : all())
    if (!equal_ignoring_case(field.name, name)) others.add(field.name, field.value);
  others.add(name, value);
  return *this = std::move(others);
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Place& place : places_)
    if (place.name == name.size())
      if (FieldView field = view(place); equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::string_view Headers::wire() const {
  for (const Place& place : places_) {
    const auto line = std::string_view(text_).substr(place.begin, place.name + 2 + place.value);
    if (place.name == 0 || has_control_byte(line))
      throw std::logic_error("a header field to be sent has a control byte: " +
                             text_.substr(place.begin, place.name));
  }
  return text_;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace signpost::net

#include "http/multipart_form.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "http/field_parameters.hpp"

namespace signpost::http {
namespace {

using Kind = MultipartForm::Step::Kind;

constexpr std::string_view line_end = "\r\n";
// The spaces that RFC 2046 lets a gateway add behind a boundary.
constexpr std::size_t padding_bytes = 64;

MultipartForm::Step need_more() {
  return {.kind = Kind::need_more, .consumed = 0};
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) {
           return is_digit(c) || is_alpha(c) ||
                  std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
         });
}

bool take_disposition(std::string_view value, FormPart& part) {
  auto disposition = FieldWithParameters::parse(value);
  if (!disposition || disposition->value != "form-data") return false;
  const auto name = disposition->get("name");
  // The name of a field or a file must not depend on who decodes it.
  if (!name || disposition->get("name*") || disposition->get("filename*")) return false;
  part.name = *name;
  part.filename = disposition->get("filename");
  return true;
}

bool take_line(std::string_view line, FormPart& part, bool& has_disposition) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  if (colon == line.size() || !is_field_content(line)) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return false;
  if (equal_ignoring_case(name, "Content-Disposition")) {
    if (std::exchange(has_disposition, true)) return false;
    return take_disposition(value, part);
  }
  if (equal_ignoring_case(name, "Content-Type")) {
    if (part.content_type) return false;
    part.content_type = value;
  }
  if (equal_ignoring_case(name, "Content-Transfer-Encoding"))
    return equal_ignoring_case(value, "binary") || equal_ignoring_case(value, "8bit") ||
           equal_ignoring_case(value, "7bit");
  return true;
}

std::optional<FormPart> parse_part_head(std::string_view text) {
  FormPart part;
  bool has_disposition = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(line_end), text.size());
    if (!take_line(text.substr(0, end), part, has_disposition)) return std::nullopt;
    text.remove_prefix(std::min(end + line_end.size(), text.size()));
  }
  if (!has_disposition) return std::nullopt;
  return part;
}

// How many bytes at the end of `input` may be the beginning of `delimiter`.
std::size_t tail_of(std::string_view input, std::string_view delimiter) {
  std::size_t at = input.size() - std::min(input.size(), delimiter.size() - 1);
  for (; at < input.size(); ++at) {
    if (delimiter.starts_with(input.substr(at))) return input.size() - at;
  }
  return 0;
}

}  // namespace

std::string_view to_string(FormError error) {
  switch (error) {
    case FormError::no_boundary:
      return "Content-Type has no boundary of 1 to 70 characters, or more than one";
    case FormError::no_first_delimiter:
      return "the body does not begin with the boundary that Content-Type names";
    case FormError::bad_delimiter:
      return "a line begins with the boundary and goes on with something else";
    case FormError::part_head_too_long:
      return "the header fields of a part are too long";
    case FormError::bad_part_head:
      return "a part's header fields are not those of form data, with one name and no filename*";
    case FormError::incomplete:
      return "the body ends before its last boundary";
    case FormError::bytes_behind_the_end:
      return "there are bytes behind the last boundary";
  }
  std::unreachable();
}

std::optional<std::expected<std::string, FormError>> form_boundary(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (!equal_ignoring_case(type, "multipart/form-data")) return std::nullopt;
  const auto parsed = FieldWithParameters::parse(content_type);
  const auto boundary = parsed ? parsed->get("boundary") : std::nullopt;
  if (!boundary || !is_boundary(*boundary)) return std::unexpected(FormError::no_boundary);
  return std::string(*boundary);
}

MultipartForm::Step MultipartForm::next(std::string_view input) {
  switch (state_) {
    case State::start:
      return start(input);
    case State::boundary_line:
      return boundary_line(input);
    case State::head:
      return head(input);
    case State::data:
      return data(input);
    case State::end:
      return end(input);
    case State::failed:
      return fail(error_);
  }
  std::unreachable();
}

std::optional<FormError> MultipartForm::finish() const {
  if (state_ == State::failed) return error_;
  if (state_ != State::end) return FormError::incomplete;
  if (last_line_end_ % line_end.size() != 0) return FormError::bytes_behind_the_end;
  return std::nullopt;
}

MultipartForm::Step MultipartForm::fail(FormError error) {
  state_ = State::failed;
  error_ = error;
  return {.kind = Kind::failed, .consumed = 0, .error = error};
}

// The first delimiter, whose CRLF may be missing because nothing stands before it.
MultipartForm::Step MultipartForm::start(std::string_view input) {
  if (input.empty()) return need_more();
  std::string_view expected = delimiter_;
  if (input.front() != '\r') expected.remove_prefix(line_end.size());
  if (input.size() < expected.size())
    return expected.starts_with(input) ? need_more() : fail(FormError::no_first_delimiter);
  if (!input.starts_with(expected)) return fail(FormError::no_first_delimiter);
  state_ = State::boundary_line;
  Step step = boundary_line(input.substr(expected.size()));
  step.consumed += expected.size();
  return step;
}

// What stands behind the boundary on its line: "--" where it is the last one, else nothing.
MultipartForm::Step MultipartForm::boundary_line(std::string_view input) {
  if (input.starts_with("--")) {
    state_ = State::end;
    Step step = end(input.substr(2));
    step.consumed += 2;
    return step;
  }
  if (input.empty() || input == "-") return need_more();
  const std::size_t padding = std::min(input.find_first_not_of(" \t"), input.size());
  const std::string_view rest = input.substr(padding);
  if (padding > padding_bytes || !(line_end.starts_with(rest) || rest.starts_with(line_end)))
    return fail(FormError::bad_delimiter);
  if (rest.size() < line_end.size()) return need_more();
  state_ = State::head;
  Step step = head(rest.substr(line_end.size()));
  step.consumed += padding + line_end.size();
  return step;
}

MultipartForm::Step MultipartForm::head(std::string_view input) {
  constexpr std::string_view head_end = "\r\n\r\n";
  // Refused before it is known how long it is, so that the reason does not depend on how much came.
  if (input.starts_with(line_end)) return fail(FormError::bad_part_head);
  const std::size_t size = input.substr(0, limits::form_part_head_bytes).find(head_end);
  if (size == std::string_view::npos) {
    if (input.size() >= limits::form_part_head_bytes) return fail(FormError::part_head_too_long);
    return need_more();
  }
  auto part = parse_part_head(input.substr(0, size));
  if (!part) return fail(FormError::bad_part_head);
  part_ = *std::move(part);
  state_ = State::data;
  return {.kind = Kind::part, .consumed = size + head_end.size()};
}

MultipartForm::Step MultipartForm::data(std::string_view input) {
  const std::size_t at = input.find(delimiter_);
  if (at == 0) {
    state_ = State::boundary_line;
    return {.kind = Kind::part_end, .consumed = delimiter_.size()};
  }
  const std::size_t size =
      at != std::string_view::npos ? at : input.size() - tail_of(input, delimiter_);
  if (size == 0) return need_more();
  return {.kind = Kind::data, .consumed = size, .data = input.substr(0, size)};
}

MultipartForm::Step MultipartForm::end(std::string_view input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (last_line_end_ == line_end.size() || input[i] != line_end[last_line_end_])
      return fail(FormError::bytes_behind_the_end);
    ++last_line_end_;
  }
  return {.kind = Kind::need_more, .consumed = input.size()};
}

}  // namespace signpost::http

#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::limits {

// Forms that upload (SECURITY case C14): all that is not the file, and one part's header fields.
inline constexpr std::size_t form_fields_bytes = 20 * 1024;
inline constexpr std::size_t form_part_head_bytes = 8 * 1024;

}  // namespace signpost::limits

namespace signpost::http {

enum class FormError : std::uint8_t {
  no_boundary,         // Content-Type names none, two, or one that is none (RFC 2046 5.1.1)
  no_first_delimiter,  // the body does not begin with its boundary
  bad_delimiter,       // something stands behind a boundary on its line
  part_head_too_long,  // more than limits::form_part_head_bytes
  bad_part_head,       // folded lines, control characters, no form-data with one name, filename*,
                       // a Content-Transfer-Encoding that changes bytes (RFC 7578 4.2, 4.7)
  incomplete,          // the body ends before its last boundary
  bytes_behind_the_end,
};
// One sentence for a person. Total.
std::string_view to_string(FormError error);

// The boundary of `multipart/form-data; boundary=...`. Nothing where the text is another media
// type, no_boundary where it is that type without a boundary.
std::optional<std::expected<std::string, FormError>> form_boundary(std::string_view content_type);

// What stands before a part's data.
struct FormPart {
  std::string name;
  std::optional<std::string> filename;  // as it came, a path perhaps
  std::optional<std::string> content_type;
};

// Takes a multipart/form-data body apart (RFC 7578, RFC 2046 section 5.1). It sees no socket: the
// caller shows it what has arrived, and does what the step says.
//
// Stricter than RFC 2046, so that no two programs read two forms: nothing but a line feed may stand
// before the first boundary and behind the last one, and a line that begins with the boundary is a
// boundary line or an error. Memory is bounded by limits::form_part_head_bytes.
class MultipartForm {
 public:
  struct Step {
    enum class Kind : std::uint8_t {
      need_more,  // show the same bytes again, without those consumed, and more
      part,       // part() is the next one
      data,       // `data` is the next piece of its data
      part_end,
      failed,  // `error`; every later call says the same
    };
    Kind kind;
    std::size_t consumed;  // from the front of the input
    std::string_view data = {};
    FormError error = {};
  };

  explicit MultipartForm(std::string_view boundary) : delimiter_("\r\n--") {
    delimiter_ += boundary;
  }

  Step next(std::string_view input);
  // No more bytes will come. Nothing where the form is whole; else why it is not.
  std::optional<FormError> finish() const;
  const FormPart& part() const { return part_; }

 private:
  enum class State : std::uint8_t { start, boundary_line, head, data, end, failed };

  Step start(std::string_view input);
  Step boundary_line(std::string_view input);
  Step head(std::string_view input);
  Step data(std::string_view input);
  Step end(std::string_view input);
  Step fail(FormError error);

  std::string delimiter_;  // CRLF "--" boundary
  State state_ = State::start;
  FormError error_ = {};
  FormPart part_;
  std::size_t last_line_end_ = 0;  // bytes of the CRLF behind the last boundary
};

}  // namespace signpost::http

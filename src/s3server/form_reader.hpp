#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/multipart_form.hpp"
#include "net/exchange.hpp"
#include "net/task.hpp"
#include "s3/post_form.hpp"
#include "s3server/failure.hpp"

namespace signpost::s3server {

// An upload form as it comes off the connection: the fields before its file, the file, the rest.
class FormReader {
 public:
  FormReader(net::Exchange& exchange, std::string_view boundary)
      : exchange_(exchange), form_(boundary) {}

  // Everything before the data of the file: then its name, where it has one. MalformedPOSTRequest
  // for a body that is no form, MaxPostPreDataLengthExceeded above limits::form_fields_bytes,
  // InvalidArgument where there is no file, and those of PostForm::add().
  net::Task<std::expected<std::optional<std::string>, Failure>> read_fields(s3::PostForm& form);
  // The next piece of the file; empty at its end. The view holds until the next call.
  net::Task<std::expected<std::string_view, Failure>> read_file();
  // What follows the file, and is ignored: the same errors, and InvalidArgument for a second file.
  net::Task<Outcome> read_rest();

 private:
  using Step = http::MultipartForm::Step;
  // The next step but need_more; nothing at the end of the form.
  net::Task<std::expected<std::optional<Step>, Failure>> next();
  net::Task<std::expected<std::string, Failure>> read_value();
  Outcome count(const Step& step);

  net::Exchange& exchange_;
  http::MultipartForm form_;
  std::string arrived_;
  std::size_t used_ = 0;      // of arrived_
  std::size_t overhead_ = 0;  // bytes that are not the file's
};

}  // namespace signpost::s3server

#include "s3server/form_reader.hpp"

#include "base/ascii.hpp"
#include "base/try.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;
using Kind = http::MultipartForm::Step::Kind;

bool is_file(const http::FormPart& part) {
  return equal_ignoring_case(part.name, "file");
}

Failure not_one_file() {
  return {ErrorCode::InvalidArgument, "POST requires exactly one file upload per request."};
}

}  // namespace

net::Task<std::expected<std::optional<FormReader::Step>, Failure>> FormReader::next() {
  for (;;) {
    Step step = form_.next(std::string_view(arrived_).substr(used_));
    used_ += step.consumed;
    if (step.kind == Kind::failed) co_return std::unexpected(failure_of(step.error));
    if (step.kind != Kind::data) CO_TRYV(count(step));
    if (step.kind != Kind::need_more) co_return step;
    arrived_.erase(0, used_);
    used_ = 0;
    auto piece = co_await exchange_.read_some();
    if (!piece) co_return std::unexpected(failure_of(piece.error()));
    if (piece->empty()) {
      if (auto error = form_.finish()) co_return std::unexpected(failure_of(*error));
      co_return std::nullopt;
    }
    arrived_.append(piece->data(), piece->size());
  }
}

Outcome FormReader::count(const Step& step) {
  overhead_ += step.consumed;
  if (overhead_ <= limits::form_fields_bytes) return {};
  return std::unexpected(
      Failure(ErrorCode::MaxPostPreDataLengthExceeded)
          .detail("MaxPostPreDataLength", std::to_string(limits::form_fields_bytes)));
}

net::Task<std::expected<std::string, Failure>> FormReader::read_value() {
  std::string value;
  for (;;) {
    CO_TRY(const auto step, co_await next());
    // The form cannot end within a part.
    if (!step || step->kind != Kind::data) co_return value;
    CO_TRYV(count(*step));
    value += step->data;
  }
}

net::Task<std::expected<std::optional<std::string>, Failure>> FormReader::read_fields(
    s3::PostForm& form) {
  for (;;) {
    CO_TRY(const auto step, co_await next());
    if (!step) co_return std::unexpected(not_one_file());
    if (is_file(form_.part())) co_return form_.part().filename;
    std::string name = form_.part().name;
    CO_TRY(std::string value, co_await read_value());
    CO_TRYV(form.add(name, std::move(value)));
  }
}

net::Task<std::expected<std::string_view, Failure>> FormReader::read_file() {
  CO_TRY(const auto step, co_await next());
  if (!step || step->kind != Kind::data) co_return std::string_view();
  co_return step->data;
}

net::Task<Outcome> FormReader::read_rest() {
  for (;;) {
    CO_TRY(const auto step, co_await next());
    if (!step) co_return Outcome{};
    if (step->kind == Kind::part && is_file(form_.part()))
      co_return std::unexpected(not_one_file());
    if (step->kind == Kind::data) CO_TRYV(count(*step));
  }
}

}  // namespace signpost::s3server

// Any bytes as a multipart/form-data body: the same parts and the same end in whatever pieces they
// come, never a byte more or fewer, memory bounded.
#include "http/multipart_form.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using signpost::http::FormError;
using signpost::http::MultipartForm;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Read {
  std::vector<std::string> parts;  // name, filename and type, and data, one behind the other
  std::optional<FormError> error;
};

Read read(std::string_view body, std::size_t step) {
  using Kind = MultipartForm::Step::Kind;
  MultipartForm form("xY");
  Read out;
  std::string pending;
  for (;;) {
    const auto result = form.next(pending);
    require(result.consumed <= pending.size());
    if (result.kind == Kind::part) {
      require(!form.part().name.contains('\n'));
      out.parts.push_back(form.part().name + '\n' + form.part().filename.value_or("\n") + '\n' +
                          form.part().content_type.value_or("\n"));
      out.parts.emplace_back();
    }
    if (result.kind == Kind::data) {
      require(!result.data.empty() && !result.data.contains("\r\n--xY"));
      out.parts.back() += result.data;
    }
    if (result.kind == Kind::failed) {
      out.error = result.error;
      require(form.finish() == result.error);
      return out;
    }
    pending.erase(0, result.consumed);
    if (result.kind != Kind::need_more) continue;
    require(pending.size() < signpost::limits::form_part_head_bytes + 80);
    if (body.empty()) break;
    pending += body.substr(0, step);
    body.remove_prefix(std::min(step, body.size()));
  }
  out.error = form.finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 32 + 1;
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const Read whole = read(body, body.size() + 1);
  const Read pieces = read(body, step);
  require(whole.error == pieces.error);
  // Of a form that fails, how much of the last part was seen depends on the pieces.
  if (!whole.error) require(whole.parts == pieces.parts);
  signpost::http::form_boundary(body);
  return 0;
}

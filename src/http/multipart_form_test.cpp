#include "http/multipart_form.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace signpost::http {
namespace {

using Kind = MultipartForm::Step::Kind;

struct Part {
  std::string name;
  std::optional<std::string> filename;
  std::optional<std::string> type;
  std::string data;
  bool ended = false;
  bool operator==(const Part&) const = default;
};

struct Read {
  std::vector<Part> parts;
  std::optional<FormError> error;
  bool operator==(const Read&) const = default;
};

// The whole form, shown in pieces of `step` bytes.
Read read(std::string_view body, std::size_t step = 1'000'000, std::string_view boundary = "xY") {
  MultipartForm form(boundary);
  Read out;
  std::string pending;
  while (true) {
    const auto result = form.next(pending);
    EXPECT_LE(result.consumed, pending.size());
    if (result.kind == Kind::part)
      out.parts.push_back({form.part().name, form.part().filename, form.part().content_type, ""});
    if (result.kind == Kind::data) out.parts.back().data += result.data;
    if (result.kind == Kind::part_end) out.parts.back().ended = true;
    if (result.kind == Kind::failed) {
      out.error = result.error;
      return out;
    }
    pending.erase(0, result.consumed);
    if (result.kind != Kind::need_more) continue;
    EXPECT_LE(pending.size(), limits::form_part_head_bytes + 80);
    if (body.empty()) break;
    pending += body.substr(0, step);
    body.remove_prefix(std::min(step, body.size()));
  }
  out.error = form.finish();
  return out;
}

Read read_in_all_pieces(const std::string& body) {
  const Read whole = read(body);
  for (std::size_t step : {1u, 2u, 3u, 5u, 7u, 16u, 61u}) {
    const Read again = read(body, step);
    EXPECT_EQ(again.error, whole.error) << step << " in " << body;
    EXPECT_EQ(again.parts.size(), whole.parts.size()) << step << " in " << body;
    if (!whole.error) {
      EXPECT_EQ(again.parts, whole.parts) << step << " in " << body;
    }
  }
  return whole;
}

const std::string head = "--xY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
const std::string end = "\r\n--xY--\r\n";

std::string with_head(const std::string& lines) {
  return "--xY\r\n" + lines + "\r\n\r\ndata" + end;
}

TEST(MultipartForm, IsTakenApart) {
  const Read form = read_in_all_pieces(
      "--xY\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nuser/a\r\n"
      "--xY\r\ncontent-disposition: FORM-DATA; name=file; filename=\"a \\\"b\\\".png\"\r\n"
      "Content-Type: image/png\r\nX-Other: 1\r\n\r\n\r\n\r\n--x\r\n-\r--xY \r\n--x--xY--\r\n\r\n"
      "--xY  \t\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n" +
      end);
  EXPECT_FALSE(form.error);
  ASSERT_EQ(form.parts.size(), 3u);
  EXPECT_EQ(form.parts[0], (Part{"key", std::nullopt, std::nullopt, "user/a", true}));
  EXPECT_EQ(form.parts[1], (Part{"file", "a \"b\".png", "image/png",
                                 "\r\n\r\n--x\r\n-\r--xY \r\n--x--xY--\r\n", true}));
  EXPECT_EQ(form.parts[2], (Part{"empty", std::nullopt, std::nullopt, "", true}));
}

TEST(MultipartForm, MayBeginAndEndWithALineFeedAlone) {
  EXPECT_FALSE(read_in_all_pieces("\r\n" + head + "x" + end).error);
  EXPECT_FALSE(read_in_all_pieces(head + "x\r\n--xY--").error);
  EXPECT_FALSE(read_in_all_pieces("--xY--").error);
  using enum FormError;
  for (const std::string before : {"x", "\n", "\r\r\n", "preamble\r\n", "-", "--xZ", " "})
    EXPECT_EQ(read_in_all_pieces(before + head + "x" + end).error, no_first_delimiter) << before;
  for (const std::string after : {"x", "\r\n", "--xY--", "\r", "\n"})
    EXPECT_EQ(read_in_all_pieces(head + "x" + end + after).error, bytes_behind_the_end) << after;
  for (const std::string after : {"x", "\r", "\rx", "\n", "-", " "})
    EXPECT_EQ(read_in_all_pieces(head + "x\r\n--xY--" + after).error, bytes_behind_the_end);
}

TEST(MultipartForm, EndsWithItsLastBoundary) {
  using enum FormError;
  EXPECT_EQ(read("").error, incomplete);
  const std::string whole = head + "data\r\n--xY--";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read_in_all_pieces(whole.substr(0, size)).error, incomplete) << size;
  for (const std::string behind : {"Z", "--", "-x", "- \r\n", " x\r\n", "\n", "\rx", ":"}) {
    const auto error = read_in_all_pieces(head + "data\r\n--xY" + behind).error;
    EXPECT_EQ(error, behind == "--" ? std::nullopt : std::optional(bad_delimiter)) << behind;
  }
  EXPECT_EQ(read_in_all_pieces(head + "data\r\n--xY" + std::string(65, ' ') + "\r\n").error,
            bad_delimiter);
}

TEST(MultipartForm, PartsHaveOneNameThatNobodyReadsOtherwise) {
  const std::string good = "Content-Disposition: form-data; name=\"a\"";
  EXPECT_FALSE(read_in_all_pieces(with_head(good)).error);
  EXPECT_FALSE(read(with_head(good + "; filename=\"\xC3\xA9\"")).error);
  EXPECT_FALSE(read(with_head(good + "\r\nContent-Transfer-Encoding: Binary")).error);
  EXPECT_EQ(read(with_head(good + "; filename=\"C:\\dir\\a.txt\"")).parts[0].filename,
            "C:\\dir\\a.txt");
  for (const std::string& bad :
       std::vector<std::string>{"",
                                "\r\n" + good,
                                "Content-Type: a/b",
                                good + "\r\n" + good,
                                good + "; name=\"b\"",
                                good + "; NAME=b",
                                good + "; filename*=UTF-8''a",
                                good + "; name*=UTF-8''a",
                                good + "; filename=\"a",
                                good + "; filename=a b",
                                good + " filename=a",
                                good + "; =x",
                                good + "\r\n folded: 1",
                                good + "\r\nX: a\nb",
                                good + "\r\nX: a\rb",
                                good + "\r\nno colon",
                                good + "\r\nX : a",
                                good + "\r\n: a",
                                good + "; filename=\"a\tb\"\x01",
                                std::string("Content-Disposition: form-data"),
                                std::string("Content-Disposition: attachment; name=a"),
                                std::string("Content-Disposition: ; name=a"),
                                good + "\r\nContent-Transfer-Encoding: base64",
                                good + "\r\nContent-Type: a/b\r\nContent-Type: a/b"})
    EXPECT_EQ(read_in_all_pieces(with_head(bad)).error, FormError::bad_part_head) << bad;
}

TEST(MultipartForm, APartsHeadIsBounded) {
  const std::string long_head =
      "Content-Disposition: form-data; name=\"a\"\r\nX: " + std::string(16384, 'x');
  EXPECT_EQ(read_in_all_pieces(with_head(long_head)).error, FormError::part_head_too_long);
  const std::string endless = "--xY\r\n" + std::string(limits::form_part_head_bytes, 'x');
  EXPECT_EQ(read_in_all_pieces(endless).error, FormError::part_head_too_long);
}

TEST(FormBoundary, IsOneOfOneToSeventyCharacters) {
  const auto boundary = [](std::string_view type) { return form_boundary(type).value(); };
  EXPECT_EQ(*boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk"),
            "----WebKitFormBoundary7MA4YWxk");
  EXPECT_EQ(*boundary("Multipart/Form-Data ;charset=utf-8; BOUNDARY=\"a b:c=d?\""), "a b:c=d?");
  EXPECT_EQ(*boundary("multipart/form-data; boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
  for (const std::string& bad :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=a; boundary=b"),
        std::string("multipart/form-data; boundary=a; Boundary=a"),
        std::string("multipart/form-data; boundary=\"a "), std::string("multipart/form-data; b=a"),
        std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\"a\x01\""),
        "multipart/form-data; boundary=" + std::string(71, 'x')})
    EXPECT_EQ(boundary(bad).error(), FormError::no_boundary) << bad;
  for (std::string_view other :
       {"", "text/plain", "multipart/mixed; boundary=a", "application/x-www-form-urlencoded",
        "multipart/form-data-x; boundary=a"})
    EXPECT_FALSE(form_boundary(other)) << other;
}

}  // namespace
}  // namespace signpost::http

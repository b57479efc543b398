#include <algorithm>

#include "base/percent.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {
namespace {

// A thousand keys of 1,024 bytes, each percent-encoded, and what is said of them.
constexpr std::size_t page_bytes = 8 * 1024 * 1024;

// As S3 encodes under encoding-type=url: a form's encoding, so that a plus is a blank.
std::optional<std::string> decode_key(std::string text) {
  std::ranges::replace(text, '+', ' ');
  return percent_decode(text);
}

std::expected<ObjectPage, S3Error> parse_page(const std::string& body) {
  const auto malformed = [] {
    return std::unexpected(transport_error(net::ClientError::malformed));
  };
  auto document = s3::parse_xml(body, {.bytes = page_bytes, .depth = 8});
  if (!document || std::string_view(document->root.name()) != "ListBucketResult")
    return malformed();
  ObjectPage page;
  for (pugi::xml_node child : document->root.children("Contents")) {
    auto key = decode_key(s3::xml_child_text(child, "Key").value_or(""));
    if (!key || key->empty()) return malformed();
    page.keys.push_back(*std::move(key));
  }
  if (s3::xml_child_text(document->root, "IsTruncated") == "true") {
    page.next = s3::xml_child_text(document->root, "NextContinuationToken");
    if (!page.next || page.next->empty()) return malformed();
  }
  return page;
}

}  // namespace

S3Task<ObjectPage> S3Client::list_objects(ListRequest request) {
  Call call{.method = "GET", .query = {{"list-type", "2"}, {"encoding-type", "url"}}};
  call.query.push_back({"prefix", request.prefix});
  if (!request.start_after.empty()) call.query.push_back({"start-after", request.start_after});
  if (request.page) call.query.push_back({"continuation-token", *request.page});
  CO_TRY(auto exchange, co_await send(call));
  auto head = co_await exchange->read_head();
  if (!head) co_return std::unexpected(transport_error(head.error()));
  if (head->status != 200) co_return std::unexpected(co_await read_error(*head, *exchange));
  auto body = co_await exchange->read_all(page_bytes);
  if (!body) co_return std::unexpected(transport_error(body.error()));
  co_return parse_page(*body);
}

}  // namespace signpost::s3client

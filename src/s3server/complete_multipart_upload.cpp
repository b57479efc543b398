#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "http/etag.hpp"
#include "s3/checksum.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"
#include "s3server/receive_body.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;
using Part = storage::Completion::Part;

constexpr std::string_view checksum_element = "Checksum";

// With quotes or without.
std::string bare_etag(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

std::expected<Part, Failure> parse_part(pugi::xml_node element) {
  Part part;
  auto number = parse_u64(s3::xml_child_text(element, "PartNumber").value_or(""));
  auto etag = s3::xml_child_text(element, "ETag");
  if (!number || !etag || s3::xml_repeats_a_child(element))
    return std::unexpected(ErrorCode::MalformedXML);
  if (*number == 0 || *number > limits::part_number)
    return std::unexpected(
        Failure(ErrorCode::InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"));
  part.number = static_cast<std::uint32_t>(*number);
  part.etag = bare_etag(*std::move(etag));
  for (pugi::xml_node child : element.children()) {
    std::string_view name = child.name();
    if (!name.starts_with(checksum_element)) continue;
    if (part.checksum) return std::unexpected(several_checksums());
    name.remove_prefix(checksum_element.size());
    part.checksum = storage::ObjectChecksum{std::string(name), s3::xml_text(child)};
  }
  return part;
}

std::expected<std::vector<Part>, Failure> parse_parts(const std::string& body) {
  s3::XmlLimits most{limits::complete_multipart_body_bytes, 32};
  auto document = s3::parse_xml(body, most);
  if (!document) return std::unexpected(failure_of(document.error()));
  if (std::string_view(document->root.name()) != "CompleteMultipartUpload")
    return std::unexpected(ErrorCode::MalformedXML);
  std::vector<Part> parts;
  for (pugi::xml_node child : document->root.children("Part")) {
    if (parts.size() == limits::part_number) return std::unexpected(ErrorCode::MalformedXML);
    TRY(auto part, parse_part(child));
    if (!parts.empty() && parts.back().number >= part.number)
      return std::unexpected(ErrorCode::InvalidPartOrder);
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return std::unexpected(ErrorCode::MalformedXML);
  return parts;
}

// What the request says of the whole object. x-amz-checksum-* is of the object, not of the body.
Outcome read_claims(const Authenticated& who, storage::Completion& completion) {
  if (auto size = who.fields().get("x-amz-mp-object-size")) {
    completion.size = parse_u64(*size);
    if (!completion.size)
      return std::unexpected(
          Failure(ErrorCode::InvalidRequest, "Value for x-amz-mp-object-size header is invalid."));
  }
  Outcome outcome;
  who.fields().for_each([&](const FieldView& field) {
    auto algorithm = s3::checksum_of_header(field.name);
    if (!algorithm) return;
    if (completion.checksum) outcome = std::unexpected(several_checksums());
    completion.checksum =
        storage::ObjectChecksum{std::string(s3::name(*algorithm)), std::string(field.value)};
  });
  return outcome;
}

// AWS answers BadDigest for a type other than the one that the upload began with.
Outcome check_type(const Authenticated& who, std::string_view begun) {
  auto type = who.fields().get("x-amz-checksum-type");
  // What was begun without an algorithm gets the default one, of the whole object.
  if (begun.empty()) begun = "FULL_OBJECT";
  if (!type || *type == begun) return {};
  return std::unexpected(
      Failure(ErrorCode::InvalidRequest, "The upload was created using another checksum type."));
}

// Where the object is, in the style that the request names it: its path, in one spelling.
std::string location_of(Call& call) {
  std::string out = call.exchange().is_tls() ? "https://" : "http://";
  out += call.head().host;
  return out += percent_encode(percent_decode(call.head().path).value_or("/"), Slash::keep);
}

std::string result_document(const CompleteMultipartUpload& operation,
                            const storage::ObjectInfo& object, const std::string& location) {
  s3::XmlWriter xml;
  xml.open("CompleteMultipartUploadResult", s3::xml_namespace)
      .element("Location", location)
      .element("Bucket", operation.bucket.str())
      .element("Key", operation.key.str())
      .element("ETag", quoted(object.etag));
  if (object.checksum) {
    xml.element("Checksum" + object.checksum->algorithm, object.checksum->value);
    xml.element("ChecksumType", checksum_type(*object.checksum));
  }
  return xml.finish();
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const CompleteMultipartUpload& operation) {
  CO_TRY(BodyClaims claims, framing_claims(call.head(), who));
  auto body = co_await read_body(call, std::move(claims), limits::complete_multipart_body_bytes);
  if (!body) co_return std::unexpected(std::move(body).error());
  CO_TRYV(check_url_still(call, who, operation.bucket.str()));
  storage::Completion completion;
  CO_TRY(completion.condition, write_condition(call.head()));
  CO_TRYV(read_claims(who, completion));
  CO_TRY(completion.parts, parse_parts(*body));
  auto complete = [&]() -> std::expected<storage::ObjectInfo, Failure> {
    const auto& bucket = operation.bucket.str();
    auto upload = call.store().find_upload(bucket, operation.key.str(), operation.upload_id);
    if (upload) TRYV(check_type(who, upload->start.checksum_type));
    auto done =
        call.store().complete_upload(bucket, operation.key.str(), operation.upload_id, completion);
    if (!done) return std::unexpected(failure_of(done.error()));
    // Completed before, and changed nothing now: the object tells what the upload was.
    if (!upload && done->checksum) TRYV(check_type(who, checksum_type(*done->checksum)));
    return *std::move(done);
  };
  auto object = co_await call.pool().run(complete);
  if (!object) co_return std::unexpected(std::move(object).error());
  co_await call.respond_xml(result_document(operation, *object, location_of(call)));
  co_return Outcome{};
}

}  // namespace signpost::s3server

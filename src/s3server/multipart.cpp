#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"
#include "s3server/receive_body.hpp"
#include "s3server/request_fields.hpp"

// CreateMultipartUpload, UploadPart, AbortMultipartUpload and the two listings.
namespace signpost::s3server {
namespace {

using s3::ErrorCode;

// SHA-1 and SHA-256 cannot be combined; CRC64NVME is never composite ("Checking object integrity").
std::expected<std::string, Failure> wanted_type(const sigv4::SignedFields& fields,
                                                s3::ChecksumAlgorithm algorithm) {
  bool hash =
      algorithm == s3::ChecksumAlgorithm::SHA1 || algorithm == s3::ChecksumAlgorithm::SHA256;
  bool full_only = algorithm == s3::ChecksumAlgorithm::CRC64NVME;
  std::string type(
      fields.get("x-amz-checksum-type").value_or(full_only ? "FULL_OBJECT" : "COMPOSITE"));
  if ((type == "FULL_OBJECT" && !hash) || (type == "COMPOSITE" && !full_only)) return type;
  return std::unexpected(Failure(ErrorCode::InvalidRequest,
                                 "The checksum type does not go with the checksum algorithm."));
}

std::expected<storage::UploadStart, Failure> plan_upload(const net::RequestHead& head,
                                                         const Authenticated& who) {
  storage::UploadStart start;
  TRY(start.fields, object_fields(head, who));
  auto text = who.fields().get("x-amz-checksum-algorithm");
  if (!text) {
    if (who.fields().get("x-amz-checksum-type"))
      return std::unexpected(
          Failure(ErrorCode::InvalidRequest, "The checksum type needs a checksum algorithm."));
    return start;
  }
  auto algorithm = s3::parse_checksum_algorithm(*text);
  if (!algorithm)
    return std::unexpected(Failure(ErrorCode::InvalidRequest, "Checksum algorithm not supported.")
                               .detail("ArgumentName", "x-amz-checksum-algorithm"));
  start.checksum_algorithm = std::string(s3::name(*algorithm));
  TRY(start.checksum_type, wanted_type(who.fields(), *algorithm));
  return start;
}

void add_parties(s3::XmlWriter& xml, const std::string& owner) {
  for (const char* party : {"Initiator", "Owner"})
    xml.open(party).element("ID", owner).element("DisplayName", owner).close();
  xml.element("StorageClass", "STANDARD");
}

void add_algorithm(s3::XmlWriter& xml, const storage::UploadStart& start) {
  if (!start.checksum_algorithm) return;
  xml.element("ChecksumAlgorithm", *start.checksum_algorithm);
  xml.element("ChecksumType", start.checksum_type);
}

void add_part(s3::XmlWriter& xml, const storage::PartInfo& part) {
  xml.open("Part").element("PartNumber", std::to_string(part.number));
  xml.element("LastModified", to_rfc3339_milliseconds(part.last_modified));
  xml.element("ETag", quoted(part.etag)).element("Size", std::to_string(part.size));
  if (part.checksum) xml.element("Checksum" + part.checksum->algorithm, part.checksum->value);
  xml.close();
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const CreateMultipartUpload& operation) {
  CO_TRY(auto start, plan_upload(call.head(), who));
  auto create = [&] {
    return call.store().create_upload(operation.bucket.str(), operation.key.str(), start);
  };
  auto id = co_await call.pool().run(create);
  if (!id) co_return std::unexpected(failure_of(id.error()));
  s3::XmlWriter xml;
  xml.open("InitiateMultipartUploadResult", s3::xml_namespace)
      .element("Bucket", operation.bucket.str())
      .element("Key", operation.key.str())
      .element("UploadId", *id);
  net::Headers headers;
  headers.add("Content-Type", "application/xml");
  if (start.checksum_algorithm) {
    headers.add("x-amz-checksum-algorithm", *start.checksum_algorithm);
    headers.add("x-amz-checksum-type", start.checksum_type);
  }
  co_await call.respond(200, std::move(headers), xml.finish());
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const UploadPart& operation) {
  CO_TRY(BodyClaims claims, body_claims(call.head(), who));
  CO_TRYV(check_body_length(call.head(), claims));
  // An upload that is not there is refused before the body is read.
  auto find = [&] {
    return call.store().find_upload(operation.bucket.str(), operation.key.str(),
                                    operation.upload_id);
  };
  auto upload = co_await call.pool().run(find);
  if (!upload) co_return std::unexpected(failure_of(upload.error()));
  auto wanted = s3::parse_checksum_algorithm(upload->start.checksum_algorithm.value_or(""));
  if (wanted && claims.algorithm().value_or(*wanted) != *wanted)
    co_return std::unexpected(Failure(
        ErrorCode::InvalidRequest,
        "Checksum Type mismatch occurred, expected checksum Type: " + to_lower(s3::name(*wanted))));
  storage::PutWriter::PartCommit commit{
      operation.bucket.str(), operation.key.str(), operation.upload_id, operation.part_number, {}};
  auto store =
      [&](storage::PutWriter& writer,
          const storage::ObjectChecksum& checksum) -> std::expected<storage::PartInfo, Failure> {
    TRYV(check_url_still(call, who, operation.bucket.str()));
    commit.checksum = checksum;
    auto stored = writer.commit_part(commit);
    if (!stored) return std::unexpected(failure_of(stored.error()));
    return *std::move(stored);
  };
  auto part =
      co_await receive_body(call, std::move(claims), wanted.value_or(s3::default_checksum), store);
  if (!part) co_return std::unexpected(std::move(part).error());
  net::Headers headers;
  headers.add("ETag", quoted(part->etag));
  if (part->checksum)
    headers.add("x-amz-checksum-" + to_lower(part->checksum->algorithm), part->checksum->value);
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated&, const AbortMultipartUpload& operation) {
  auto abort = [&] {
    return call.store().abort_upload(operation.bucket.str(), operation.key.str(),
                                     operation.upload_id);
  };
  auto aborted = co_await call.pool().run(abort);
  if (!aborted) co_return std::unexpected(failure_of(aborted.error()));
  co_await call.respond(204);
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListParts& operation) {
  std::expected<storage::UploadInfo, storage::Refusal> upload;
  auto list = [&] {
    const auto& bucket = operation.bucket.str();
    upload = call.store().find_upload(bucket, operation.key.str(), operation.upload_id);
    return call.store().list_parts(bucket, operation.key.str(), operation.upload_id,
                                   operation.after, std::size_t{operation.max_parts} + 1);
  };
  auto parts = co_await call.pool().run(list);
  if (!upload) co_return std::unexpected(failure_of(upload.error()));
  if (!parts) co_return std::unexpected(failure_of(parts.error()));
  bool truncated = parts->size() > operation.max_parts;
  if (truncated) parts->pop_back();
  s3::XmlWriter xml;
  xml.open("ListPartsResult", s3::xml_namespace).element("Bucket", operation.bucket.str());
  xml.element("Key", operation.key.str()).element("UploadId", operation.upload_id);
  add_parties(xml, who.owner());
  add_algorithm(xml, upload->start);
  xml.element("PartNumberMarker", std::to_string(operation.after));
  if (!parts->empty()) xml.element("NextPartNumberMarker", std::to_string(parts->back().number));
  xml.element("MaxParts", std::to_string(operation.max_parts));
  xml.flag("IsTruncated", truncated && operation.max_parts > 0);
  for (const auto& part : *parts) add_part(xml, part);
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const ListMultipartUploads& operation) {
  storage::UploadQuery query{operation.bucket.str(),           operation.prefix,
                             operation.delimiter.value_or(""), operation.key_marker,
                             operation.upload_id_marker,       operation.max_uploads};
  auto list = [&] { return call.store().list_uploads(query); };
  auto page = co_await call.pool().run(list);
  if (!page) co_return std::unexpected(failure_of(page.error()));
  auto text = [&](const std::string& value) {
    return operation.url_encoding ? percent_encode(value, Slash::keep) : value;
  };
  s3::XmlWriter xml;
  xml.open("ListMultipartUploadsResult", s3::xml_namespace);
  xml.element("Bucket", operation.bucket.str()).element("KeyMarker", text(operation.key_marker));
  xml.element("UploadIdMarker", operation.upload_id_marker);
  if (page->truncated && operation.max_uploads > 0) {
    xml.element("NextKeyMarker", text(page->next_key_marker));
    xml.element("NextUploadIdMarker", page->next_id_marker);
  }
  xml.element("Prefix", text(operation.prefix));
  if (operation.delimiter) xml.element("Delimiter", text(*operation.delimiter));
  if (operation.url_encoding) xml.element("EncodingType", "url");
  xml.element("MaxUploads", std::to_string(operation.max_uploads));
  xml.flag("IsTruncated", page->truncated && operation.max_uploads > 0);
  for (const auto& upload : page->uploads) {
    xml.open("Upload").element("Key", text(upload.key)).element("UploadId", upload.id);
    add_parties(xml, who.owner());
    add_algorithm(xml, upload.start);
    xml.element("Initiated", to_rfc3339_milliseconds(upload.started)).close();
  }
  for (const auto& prefix : page->prefixes)
    xml.open("CommonPrefixes").element("Prefix", text(prefix)).close();
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server

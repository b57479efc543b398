#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "http/range.hpp"
#include "s3/checksum.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::size_t read_bytes = 256 * 1024;

// "bytes=a-b" with both ends, within the source; all of it where there is no such field.
std::expected<http::ByteRange, Failure> source_range(const Authenticated& who, std::uint64_t size) {
  auto text = who.fields().get("x-amz-copy-source-range");
  if (!text) return http::ByteRange{0, size == 0 ? 0 : size - 1};
  Failure invalid(ErrorCode::InvalidArgument,
                  "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                  "first and last are the zero-based offsets of the first and last bytes to copy");
  if (!text->starts_with("bytes=")) return std::unexpected(std::move(invalid));
  std::string_view ends = text->substr(6);
  auto dash = ends.find('-');
  if (dash == std::string_view::npos) return std::unexpected(std::move(invalid));
  auto first = parse_u64(ends.substr(0, dash));
  auto last = parse_u64(ends.substr(dash + 1));
  if (!first || !last || *first > *last) return std::unexpected(std::move(invalid));
  if (*last >= size) return std::unexpected(ErrorCode::InvalidRange);
  return http::ByteRange{*first, *last};
}

// In the pool.
std::expected<storage::PartInfo, Failure> copy_part(Call& call, const Authenticated& who,
                                                    const UploadPartCopy& operation,
                                                    const s3::CopySource& from, UnixSeconds now) {
  auto upload =
      call.store().find_upload(operation.bucket.str(), operation.key.str(), operation.upload_id);
  if (!upload) return std::unexpected(failure_of(upload.error()));
  auto source = call.store().open(from.bucket.str(), from.key.str());
  if (!source) return std::unexpected(failure_of(source.error()));
  std::uint64_t size = source->info().size;
  TRYV(check_copy_source(who.fields(), source->info(), now));
  TRY(auto range, source_range(who, size));
  std::uint64_t left = size == 0 ? 0 : range.length();
  if (left > limits::put_object_bytes) return std::unexpected(ErrorCode::EntityTooLarge);
  auto wanted = s3::parse_checksum_algorithm(upload->start.checksum_algorithm.value_or(""));
  s3::Checksum checksum(wanted.value_or(s3::default_checksum));
  storage::PutWriter writer = call.store().begin_put(false);
  std::vector<char> buffer(read_bytes);
  for (std::uint64_t at = range.first; left > 0;) {
    auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
    std::size_t got = source->read(at, {buffer.data(), want});
    writer.write({buffer.data(), got});
    checksum.update({buffer.data(), got});
    at += got;
    left -= got;
  }
  storage::PutWriter::PartCommit commit{
      operation.bucket.str(), operation.key.str(), operation.upload_id, operation.part_number, {}};
  commit.checksum = {std::string(s3::name(checksum.algorithm())), base64_encode(checksum.finish())};
  auto stored = writer.commit_part(commit);
  if (!stored) return std::unexpected(failure_of(stored.error()));
  return *std::move(stored);
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const UploadPartCopy& operation) {
  CO_TRY(auto source, copy_source(call, who));
  UnixSeconds now = call.now();
  auto copy = [&] { return copy_part(call, who, operation, source, now); };
  auto part = co_await call.pool().run(copy);
  if (!part) co_return std::unexpected(std::move(part).error());
  s3::XmlWriter xml;
  xml.open("CopyPartResult", s3::xml_namespace)
      .element("LastModified", to_rfc3339_milliseconds(part->last_modified))
      .element("ETag", quoted(part->etag));
  if (part->checksum) xml.element("Checksum" + part->checksum->algorithm, part->checksum->value);
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server

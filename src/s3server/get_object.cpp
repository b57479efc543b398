#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "http/conditional.hpp"
#include "http/http_date.hpp"
#include "http/range.hpp"
#include "net/yield.hpp"
#include "s3server/handlers.hpp"
#include "s3server/request_fields.hpp"

// GetObject and HeadObject.
namespace signpost::s3server {
namespace {

using s3::ErrorCode;

// Up to here an object is read together with its opening, and leaves in one write with its head;
// above it sendfile(2) saves the copies.
constexpr std::uint64_t read_whole_bytes = 256 * 1024;
// How much is looked at before it is sent.
constexpr std::uint64_t piece_bytes = limits::send_file_step_bytes;

struct Conditions {
  std::optional<std::string> if_match, if_none_match, if_modified_since, if_unmodified_since,
      if_range;
};

Conditions read_conditions(const net::RequestHead& head) {
  return {joined_field(head, "If-Match"), joined_field(head, "If-None-Match"),
          joined_field(head, "If-Modified-Since"), joined_field(head, "If-Unmodified-Since"),
          joined_field(head, "If-Range")};
}

http::Preconditions view(const Conditions& conditions) {
  return {conditions.if_match, conditions.if_none_match, conditions.if_modified_since,
          conditions.if_unmodified_since, conditions.if_range};
}

UnixSeconds modified(const storage::ObjectInfo& info) {
  return std::chrono::floor<std::chrono::seconds>(info.last_modified);
}

void add_validators(net::Headers& headers, const storage::ObjectInfo& info) {
  headers.add("ETag", quoted(info.etag)).add("Last-Modified", http::to_http_date(modified(info)));
}

// The part of the object to send; nothing for all of it.
std::expected<std::optional<http::ByteRange>, Failure> select_range(const net::RequestHead& head,
                                                                    const storage::ObjectInfo& info,
                                                                    bool applies) {
  auto field = joined_field(head, "Range");
  if (!field || !applies) return std::nullopt;
  auto request = http::RangeRequest::parse(*field);
  if (!request) return std::nullopt;
  auto range = request->resolve(info.size);
  if (range) return *range;
  Failure failure = ErrorCode::InvalidRange;
  failure.detail("RangeRequested", *field).detail("ActualObjectSize", std::to_string(info.size));
  failure.headers.add("Content-Range", http::content_range_unsatisfied(info.size));
  return std::unexpected(std::move(failure));
}

// `stored_name`: that of `name` in lower case.
void add_field(net::Headers& headers, std::string_view name, std::string_view stored_name,
               const storage::ObjectInfo& info, const ResponseOverrides& overrides) {
  const auto override = std::ranges::find(overrides, stored_name, &ResponseOverride::field);
  if (override != overrides.end()) {
    headers.add(name, override->value);
  } else if (auto stored = info.field(stored_name)) {
    headers.add(name, *stored);
  }
}

net::Headers object_headers(const storage::ObjectInfo& info, const ResponseOverrides& overrides) {
  net::Headers headers;
  add_validators(headers, info);
  headers.add("Accept-Ranges", "bytes");
  add_field(headers, "Content-Type", "content-type", info, overrides);
  if (!headers.get("Content-Type")) headers.add("Content-Type", "binary/octet-stream");
  add_field(headers, "Content-Language", "content-language", info, overrides);
  add_field(headers, "Content-Encoding", "content-encoding", info, overrides);
  add_field(headers, "Content-Disposition", "content-disposition", info, overrides);
  add_field(headers, "Cache-Control", "cache-control", info, overrides);
  add_field(headers, "Expires", "expires", info, overrides);
  for (const auto& [name, value] : info.fields) {
    if (name.starts_with("x-amz-meta-")) headers.add(name, value);
  }
  if (auto tags = info.field(tagging_field))
    headers.add("x-amz-tagging-count", std::to_string(std::ranges::count(*tags, '&') + 1));
  // A browser is not to take a file for anything else than what it was stored as.
  headers.add("X-Content-Type-Options", "nosniff");
  return headers;
}

// What is to be sent: `status` 200, 206 or 304.
struct Answer {
  unsigned status = 200;
  net::Headers headers;
  http::ByteRange range{};   // of the object
  std::uint64_t length = 0;  // bytes of it
};

// With what 200 would have said of caching (RFC 9110 section 15.4.5).
Answer not_modified(const storage::ObjectInfo& info, const ResponseOverrides& overrides) {
  Answer answer;
  answer.status = 304;
  add_validators(answer.headers, info);
  add_field(answer.headers, "Cache-Control", "cache-control", info, overrides);
  add_field(answer.headers, "Expires", "expires", info, overrides);
  return answer;
}

struct SelectedPart {
  http::ByteRange range;
  std::optional<storage::ObjectChecksum> checksum;
};

bool wants_checksum(const Authenticated& who) {
  auto mode = who.fields().get("x-amz-checksum-mode");
  return mode && equal_ignoring_case(*mode, "ENABLED");
}

// ?partNumber=: 206 with that part of a multipart object. What was put in one go has one part.
std::expected<Answer, Failure> answer_part(const net::RequestHead& head, const Authenticated& who,
                                           const GetObject& operation,
                                           const storage::ObjectInfo& info,
                                           const std::optional<SelectedPart>& part) {
  if (head.field("Range"))
    return std::unexpected(Failure(ErrorCode::InvalidRequest,
                                   "Cannot specify both Range header and partNumber query "
                                   "parameter."));
  if (!part && !(info.size == 0 && *operation.part_number == 1))
    return std::unexpected(Failure(ErrorCode::InvalidPart));
  Answer answer;
  answer.status = 206;
  answer.headers = object_headers(info, operation.overrides);
  if (info.parts > 0) answer.headers.add("x-amz-mp-parts-count", std::to_string(info.parts));
  if (!part) {
    answer.status = 200;
    return answer;
  }
  answer.range = part->range;
  answer.length = part->range.length();
  answer.headers.add("Content-Range", http::content_range(part->range, info.size));
  // The part's own value, and the type of the whole.
  if (wants_checksum(who) && part->checksum && info.checksum) {
    answer.headers.add("x-amz-checksum-" + to_lower(part->checksum->algorithm),
                       part->checksum->value);
    answer.headers.add("x-amz-checksum-type", checksum_type(*info.checksum));
  }
  return answer;
}

// The part that is asked for; nothing where there is no such part.
std::optional<SelectedPart> select_part(const GetObject& operation,
                                        const storage::ObjectReader& reader) {
  if (!operation.part_number) return std::nullopt;
  std::uint32_t number = *operation.part_number;
  const storage::ObjectInfo& info = reader.info();
  if (reader.parts().empty()) {
    if (number != 1 || info.size == 0) return std::nullopt;
    return SelectedPart{{0, info.size - 1}, info.checksum};
  }
  for (const auto& part : reader.parts()) {
    if (part.number == number && part.size > 0)
      return SelectedPart{{part.offset, part.offset + part.size - 1}, part.checksum};
  }
  return std::nullopt;
}

std::expected<Answer, Failure> decide(const net::RequestHead& head, const Authenticated& who,
                                      const GetObject& operation, const storage::ObjectInfo& info,
                                      const std::optional<SelectedPart>& part, UnixSeconds now) {
  Conditions conditions = read_conditions(head);
  http::Validators validators{true, {info.etag, false}, modified(info)};
  auto verdict = http::evaluate_preconditions(http::MethodKind::get_or_head, view(conditions),
                                              validators, now);
  if (verdict == http::PreconditionVerdict::precondition_failed) {
    return std::unexpected(
        Failure(ErrorCode::PreconditionFailed)
            .detail("Condition", conditions.if_match ? "If-Match" : "If-Unmodified-Since"));
  }
  if (verdict == http::PreconditionVerdict::not_modified)
    return not_modified(info, operation.overrides);

  if (operation.part_number) return answer_part(head, who, operation, info, part);
  bool range_applies = http::range_applies(view(conditions), validators, now);
  TRY(auto range, select_range(head, info, range_applies));
  Answer answer;
  answer.headers = object_headers(info, operation.overrides);
  if (range) {
    answer.status = 206;
    answer.range = *range;
    answer.length = range->length();
    answer.headers.add("Content-Range", http::content_range(*range, info.size));
    return answer;
  }
  answer.length = info.size;
  // Not beside a part of the object: a client would check the part against it.
  if (wants_checksum(who) && info.checksum) add_checksum(answer.headers, *info.checksum);
  return answer;
}

// Calls look(storage::Wait): here, and only where that would have to wait for the disk, in the
// pool.
template <class F, class R = std::invoke_result_t<F&, storage::Wait>>
net::Task<R> look_first(Call& call, F look) {
  try {
    co_return look(storage::Wait::never);
  } catch (const storage::WouldWait&) {
  }
  auto wait = [&] { return look(storage::Wait::allowed); };
  co_return co_await call.pool().run(wait);
}

// The object as it is now, and its bytes where they are few.
struct Opened {
  storage::ObjectReader reader;
  Answer answer;
  storage::ObjectReader::Taken bytes;                 // all of them, or none
  std::optional<storage::ObjectReader::Piece> piece;  // the first one, where they are many
};

std::expected<Opened, Failure> open(Call& call, const Authenticated& who,
                                    const GetObject& operation, UnixSeconds now,
                                    storage::Wait wait) {
  auto reader = call.store().open(operation.bucket.str(), operation.key.str(), wait);
  if (!reader) {
    Failure failure = failure_of(reader.error());
    if (reader.error() == storage::Refusal::no_such_key) failure.detail("Key", operation.key.str());
    return std::unexpected(std::move(failure));
  }
  TRY(Answer answer,
      decide(call.head(), who, operation, reader->info(), select_part(operation, *reader), now));
  storage::ObjectReader::Taken bytes;
  if (!operation.head && answer.length > 0 && answer.length <= read_whole_bytes)
    bytes = call.exchange().is_tls()
                ? reader->take(answer.range.first, answer.length, wait)
                : reader->take_to_send(answer.range.first, answer.length, wait);
  // The first piece before the head is sent, so that what is damaged there is a 500.
  std::optional<storage::ObjectReader::Piece> piece;
  if (!operation.head && answer.length > read_whole_bytes)
    piece = reader->piece(answer.range.first, std::min<std::uint64_t>(answer.length, piece_bytes),
                          wait);
  return Opened{*std::move(reader), std::move(answer), std::move(bytes), std::move(piece)};
}

net::Task<Outcome> head_object(Call& call, const Authenticated& who, const GetObject& operation) {
  auto info = call.store().head(operation.bucket.str(), operation.key.str());
  if (!info) co_return std::unexpected(failure_of(info.error()));
  CO_TRY(Answer answer, decide(call.head(), who, operation, *info, std::nullopt, call.now()));
  co_await call.start(answer.status, std::move(answer.headers), answer.length);
  co_return Outcome{};
}

// Each piece is looked at before it is sent: what is damaged behind the first one ends the
// connection before the body does. A multipart object's files are opened one after the other.
net::Task<void> send_pieces(Call& call, const storage::ObjectReader& reader,
                            storage::ObjectReader::Piece piece, std::uint64_t from,
                            std::uint64_t count) {
  for (;;) {
    co_await call.exchange().send_file(piece.descriptor, piece.offset, piece.size);
    from += piece.size;
    count -= piece.size;
    if (count == 0) co_return;
    co_await net::yield();  // a reader that is as fast as the page cache would never let go
    auto next = [&](storage::Wait wait) {
      return reader.piece(from, std::min<std::uint64_t>(count, piece_bytes), wait);
    };
    piece = co_await look_first(call, next);
  }
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetObject& operation) {
  if (operation.head && !operation.part_number)
    co_return co_await head_object(call, who, operation);
  UnixSeconds now = call.now();
  auto find = [&](storage::Wait wait) { return open(call, who, operation, now, wait); };
  auto opened = co_await look_first(call, find);
  if (!opened) co_return std::unexpected(std::move(opened).error());
  Answer& answer = opened->answer;
  co_await call.start(answer.status, std::move(answer.headers), answer.length);
  if (operation.head || answer.length == 0) co_return Outcome{};
  if (opened->piece) {
    co_await send_pieces(call, opened->reader, *std::move(opened->piece), answer.range.first,
                         answer.length);
  } else {
    co_await call.exchange().write(opened->bytes.bytes);
  }
  co_return Outcome{};
}

}  // namespace signpost::s3server

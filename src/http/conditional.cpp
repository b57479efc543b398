#include "http/conditional.hpp"

#include <algorithm>

#include "http/http_date.hpp"

namespace signpost::http {
namespace {

using Equal = bool (*)(const ETag&, const ETag&);

bool list_matches(std::string_view field_value, const Validators& current, Equal equal) {
  if (!current.exists) return false;
  auto list = ETagList::parse(field_value);
  if (!list) return false;
  return list->any ||
         std::ranges::any_of(list->tags, [&](const ETag& t) { return equal(t, current.etag); });
}

}  // namespace

PreconditionVerdict evaluate_preconditions(MethodKind method, const Preconditions& conditions,
                                           const Validators& current, UnixSeconds now) {
  if (conditions.if_match) {
    if (!list_matches(*conditions.if_match, current, strongly_equal))
      return PreconditionVerdict::precondition_failed;
  } else if (conditions.if_unmodified_since && current.exists) {
    auto date = parse_http_date(*conditions.if_unmodified_since, now);
    if (date && current.last_modified > *date) return PreconditionVerdict::precondition_failed;
  }

  if (conditions.if_none_match) {
    if (list_matches(*conditions.if_none_match, current, weakly_equal))
      return method == MethodKind::get_or_head ? PreconditionVerdict::not_modified
                                               : PreconditionVerdict::precondition_failed;
  } else if (conditions.if_modified_since && method == MethodKind::get_or_head && current.exists) {
    auto date = parse_http_date(*conditions.if_modified_since, now);
    if (date && *date <= now && current.last_modified <= *date)
      return PreconditionVerdict::not_modified;
  }
  return PreconditionVerdict::proceed;
}

bool range_applies(const Preconditions& conditions, const Validators& current, UnixSeconds now) {
  if (!conditions.if_range) return true;
  if (auto tag = ETag::parse(*conditions.if_range)) return strongly_equal(*tag, current.etag);
  auto date = parse_http_date(*conditions.if_range, now);
  return date && *date == current.last_modified;
}

}  // namespace signpost::http

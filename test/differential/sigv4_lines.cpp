// Signs and verifies requests that another signer made: records on standard input (the format of
// test/vectors/sigv4/README.md), one line for each on standard output:
//
//   OURS <TAB> VERDICT <TAB> VERDICT OF THE CHANGED REQUEST
//
// OURS is the URL of a record "presign", or the Authorization field of a record "header". A verdict
// is "verified", "anonymous", or S3's error code. The request as it was sent stands in `wire_path`,
// `wire_query` and `wire_field`, the changed one in `changed_method`, `changed_path`,
// `changed_query` and `changed_field`.
#include <iostream>

#include "sigv4/sign_header.hpp"
#include "sigv4/verify.hpp"
#include "testing/sigv4_records.hpp"

namespace {

using namespace signpost;
using Record = testing::SignatureRecord;

std::string authorization_of(const Record& record) {
  const sigv4::HeaderSigner signer(testing::credentials_of(record), record.get("region"),
                                   testing::endpoint_of(record), record.get("service"));
  const auto query = testing::parameters_of(record.list("query"));
  const auto fields = testing::fields_of(record.list("field"));
  return signer
      .sign({.method = record.get("method"),
             .bucket = record.get("bucket"),
             .key = record.get("key"),
             .query = query,
             .signed_fields = fields,
             .payload_hash = record.get("payload"),
             .date = *sigv4::AmzDate::parse(record.get("date"))})
      .fields.back()
      .second;
}

std::string_view verdict(const Record& record, const std::string& prefix) {
  const sigv4::Verifier verifier({.region = record.get("region"),
                                  .service = record.get("service"),
                                  .session_tokens = sigv4::SessionTokens::accept},
                                 [&record](std::string_view id) -> SharedSecret {
                                   if (id != record.get("access_key")) return nullptr;
                                   return std::make_shared<const Secret>(record.get("secret"));
                                 });
  const auto fields = testing::fields_of(record.list(prefix + "_field"));
  const std::string& method = record.get(prefix == "wire" ? "method" : prefix + "_method");
  const auto outcome =
      verifier.verify({method, record.get(prefix + "_path"), record.get(prefix + "_query"), fields},
                      sigv4::AmzDate::parse(record.get("date"))->time());
  if (!outcome) return sigv4::s3_code(outcome.error().refusal);
  return std::holds_alternative<sigv4::Verified>(*outcome) ? "verified" : "anonymous";
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  while (const auto record = testing::read_record(std::cin))
    std::cout << (record->kind == "presign" ? testing::presign(*record) : authorization_of(*record))
              << '\t' << verdict(*record, "wire") << '\t' << verdict(*record, "changed") << '\n';
}

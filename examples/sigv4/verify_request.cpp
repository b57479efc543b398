// verify_request METHOD TARGET DATE < fields: who sent this request, or why nobody may say so.
#include <signpost/sigv4/amz_date.hpp>
#include <signpost/sigv4/verify.hpp>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <vector>

namespace sigv4 = signpost::sigv4;

int main(int count, char** arguments) {
  const auto now = count == 4 ? sigv4::AmzDate::parse(arguments[3]) : std::nullopt;
  const char* id = std::getenv("AWS_ACCESS_KEY_ID");
  const char* secret = std::getenv("AWS_SECRET_ACCESS_KEY");
  if (!now || !id || !secret) return 2;

  std::deque<std::string> lines;
  std::vector<signpost::FieldView> fields;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string_view kept = lines.emplace_back(line);
    const auto colon = kept.find(": ");
    if (colon != kept.npos) fields.push_back({kept.substr(0, colon), kept.substr(colon + 2)});
  }
  const std::string_view target = arguments[2];
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(path.size() + 1, target.size()));

  const auto key = std::make_shared<const signpost::Secret>(secret);
  const sigv4::Verifier verifier({.region = "eu-central-1"},
                                 [&](std::string_view it) { return it == id ? key : nullptr; });
  const auto who = verifier.verify({arguments[1], path, query, fields}, now->time());
  if (!who)
    std::cout << sigv4::s3_code(who.error().refusal) << ": " << who.error().message << '\n';
  else if (const auto* verified = std::get_if<sigv4::Verified>(&*who))
    std::cout << "signed by " << verified->access_key_id() << '\n';
  else
    std::cout << "anonymous\n";
}

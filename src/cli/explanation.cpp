#include "cli/explanation.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_digits = 8;

// Enough to find a URL again, not enough to use it.
std::string shown_signature(const Explanation& explanation, const ReportOptions& options) {
  const std::string& signature = explanation.claim.signature;
  if (options.show_signature || signature.empty()) return signature;
  return fmt::format("{}... ({} characters)", signature.substr(0, shown_digits), signature.size());
}

std::string span(std::int64_t seconds) {
  const std::int64_t size = seconds < 0 ? -seconds : seconds;
  if (size >= 172'800) return fmt::format("{} days", size / 86'400);
  if (size >= 7200) return fmt::format("{} h {} min", size / 3600, size % 3600 / 60);
  if (size >= 120) return fmt::format("{} min {} s", size / 60, size % 60);
  return fmt::format("{} s", size);
}

std::string_view method_words(const Explanation& explanation) {
  if (explanation.method_by == "signature") return "so it is signed";
  return explanation.method_by == "option" ? "as you say" : "a guess";
}

// The parameters that are not the signature's, decoded. A signature or token under a name that was
// changed on the way is one still.
std::vector<PresignedUrl::Parameter> own_parameters(const PresignedUrl& url) {
  std::vector<PresignedUrl::Parameter> out;
  for (const auto& parameter : url.parameters) {
    if (is_signature_parameter(parameter.name)) continue;
    out.push_back(parameter);
    const std::string name = to_lower(parameter.name);
    if (name.contains("signature") || name.contains("token")) out.back().value = "***";
  }
  return out;
}

class Text {
 public:
  void line(std::string_view name, std::string_view value) {
    if (!value.empty()) out_ += fmt::format("{:<12}{}\n", name, value);
  }
  void paragraph(std::string_view text) { out_ += fmt::format("\n{}\n", text); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string signature_words(const Explanation& explanation, const ReportOptions& options) {
  std::string out = shown_signature(explanation, options);
  const auto& signature = explanation.signature;
  if (out.empty()) return out;
  if (!signature) return out + ", not checked: the secret key is not known here";
  if (signature->right)
    return out + fmt::format(", right for the secret key from {}", explanation.credentials_from);
  return out + fmt::format(", wrong; the step that differs: {}", signature->step);
}

std::string answer_words(const StoreAnswer& answer) {
  if (!answer.failure.empty()) return answer.failure;
  std::string out = fmt::format("asked with {}: ", answer.asked);
  if (!answer.status) return out + "it takes the signature and waits for the body";
  out += fmt::format("{} {}", *answer.status, answer.error.code);
  return answer.is_probe ? out + " (in the place of the URL's method, so that nothing changes)"
                         : out;
}

void write_times(const Explanation& explanation, Text& text) {
  const auto& claim = explanation.claim;
  if (claim.date) text.line("Signed at", to_rfc3339(claim.date->time()));
  if (const auto end = claim.ends_at()) {
    const auto left = (*end - explanation.now).count();
    text.line("Good until",
              fmt::format("{} ({} {})", to_rfc3339(*end), span(left), left < 0 ? "ago" : "left"));
  }
}

json::object object_of(const Finding& finding) {
  return {
      {"cause", name(finding.cause)}, {"evidence", finding.evidence}, {"remedy", finding.remedy}};
}

json::value or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::value(text);
}

json::object signature_object(const Explanation& explanation, const ReportOptions& options) {
  const auto& signature = explanation.signature;
  json::object out{{"value", shown_signature(explanation, options)},
                   {"checked", signature.has_value()},
                   {"right", nullptr},
                   {"differs", nullptr},
                   {"credentials", or_null(explanation.credentials_from)}};
  if (signature) {
    out["right"] = signature->right;
    out["differs"] = or_null(signature->step);
  }
  return out;
}

json::value answer_value(const std::optional<StoreAnswer>& answer) {
  if (!answer) return nullptr;
  json::object out{
      {"asked_with", answer->asked},         {"is_probe", answer->is_probe},
      {"accepted", answer->accepted},        {"status", nullptr},
      {"code", or_null(answer->error.code)}, {"message", or_null(answer->error.message)},
      {"failure", or_null(answer->failure)}};
  if (answer->status) out["status"] = *answer->status;
  return out;
}

json::object times_object(const Explanation& explanation) {
  const auto& claim = explanation.claim;
  json::object out{{"signed_at", nullptr}, {"expires_at", nullptr}, {"seconds_left", nullptr}};
  if (claim.date) out["signed_at"] = to_rfc3339(claim.date->time());
  if (const auto end = claim.ends_at()) {
    out["expires_at"] = to_rfc3339(*end);
    out["seconds_left"] = (*end - explanation.now).count();
  }
  return out;
}

}  // namespace

std::string text_of(const Explanation& explanation, const ReportOptions& options) {
  Text text;
  const auto& claim = explanation.claim;
  const auto& target = explanation.target;
  text.line("Object", fmt::format("s3://{}/{} (the bucket {})", target.bucket, target.key,
                                  target.in_host ? "in front of the host" : "in the path"));
  text.line("Store", fmt::format("{}://{}", explanation.url.scheme, explanation.url.authority));
  text.line("Method", fmt::format("{} ({})", explanation.method, method_words(explanation)));
  for (const auto& parameter : own_parameters(explanation.url))
    text.line("Parameter", fmt::format("{} = {}", parameter.name, parameter.value));
  if (!claim.access_key_id.empty())
    text.line("Signed by", fmt::format("{}, for region {}{}", claim.access_key_id, claim.region,
                                       claim.has_token ? ", with a session token" : ""));
  write_times(explanation, text);
  text.line("Fields", claim.signed_headers);
  text.line("Signature", signature_words(explanation, options));
  if (explanation.answer) text.line("Store says", answer_words(*explanation.answer));
  for (const std::string& note : explanation.notes) text.line("Note", note);
  if (explanation.findings.empty()) {
    const auto& answer = explanation.answer;
    text.paragraph(answer && answer->accepted ? "The store takes it."
                                              : "Nothing is wrong with it, as far as can be seen.");
    return text.take();
  }
  for (const Finding& finding : explanation.findings)
    text.paragraph(fmt::format("Cause: {}\n  {}\n  What to do: {}", name(finding.cause),
                               finding.evidence, finding.remedy));
  return text.take();
}

std::string json_of(const Explanation& explanation, const ReportOptions& options) {
  const auto& claim = explanation.claim;
  json::array findings, notes, parameters;
  for (const Finding& finding : explanation.findings) findings.push_back(object_of(finding));
  for (const std::string& note : explanation.notes) notes.emplace_back(note);
  for (const auto& parameter : own_parameters(explanation.url))
    parameters.push_back(json::object{{"name", parameter.name}, {"value", parameter.value}});
  json::object out{{"bucket", explanation.target.bucket},
                   {"key", explanation.target.key},
                   {"bucket_in_host", explanation.target.in_host},
                   {"scheme", explanation.url.scheme},
                   {"host", explanation.url.host()},
                   {"method", explanation.method},
                   {"method_by", explanation.method_by},
                   {"parameters", std::move(parameters)},
                   {"access_key_id", or_null(claim.access_key_id)},
                   {"region", or_null(claim.region)},
                   {"has_session_token", claim.has_token},
                   {"signed_headers", or_null(claim.signed_headers)},
                   {"signature", signature_object(explanation, options)}};
  for (auto& [member, value] : times_object(explanation)) out[member] = value;
  out["store"] = answer_value(explanation.answer);
  const bool good = explanation.findings.empty();
  out["cause"] = nullptr;
  out["evidence"] = nullptr;
  out["remedy"] = nullptr;
  if (!good) {
    for (auto& [member, value] : object_of(explanation.findings.front())) out[member] = value;
  }
  out["findings"] = std::move(findings);
  out["notes"] = std::move(notes);
  return json::serialize(out) + "\n";
}

}  // namespace signpost::cli

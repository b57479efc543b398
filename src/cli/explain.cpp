#include "cli/explain.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/ascii.hpp"
#include "cli/explanation.hpp"
#include "cli/signing.hpp"
#include "credentials/source.hpp"
#include "sigv4/endpoint.hpp"

namespace signpost::cli {
namespace {

struct Options {
  SigningOptions signing;
  std::string url;
  std::string method;
  std::vector<std::string> headers;
  std::string answer;  // a file with the store's error document
  bool check = false;
  bool show_signature = false;
  bool json = false;
};

constexpr const char* examples =
    "Examples:\n"
    "  signpost explain 'http://127.0.0.1:9000/photos/a.jpg?X-Amz-Algorithm=...'\n"
    "      object, method, who signed and when, time left; the URL stands in quotes, because\n"
    "      & ends a command\n"
    "  signpost explain --check 'https://...'\n"
    "      asks the store too, and names the cause of its 403 or 400\n"
    "  signpost explain --check --method PUT --header 'Content-Type: image/jpeg' 'https://...'\n"
    "      a request as it is sent: fields that are signed must come, others named x-amz-* must "
    "not\n"
    "  signpost explain 'https://...' --answer error.xml\n"
    "      what a store answered to somebody else: StringToSign and CanonicalRequest tell most\n"
    "  pbpaste | signpost explain -\n"
    "      the URL from standard input, so that it stands in no list of processes\n\n"
    "With the credentials that signed it (found as for presign, or --profile) it says whether the\n"
    "signature is right, and where not, which step differs and what was changed: host, port, "
    "method,\n"
    "key, parameters, region. --check changes nothing: it sends GET and HEAD as they are, PUT "
    "without\n"
    "its body, and GET in the place of everything else. Neither secret key nor signature is "
    "printed.\n"
    "Exit status 0: nothing is wrong with it; 1: there is a cause, which --json names in `cause`.";

constexpr std::size_t longest_answer_bytes = 64 * 1024;

std::vector<HeaderField> parse_fields(const std::vector<std::string>& texts) {
  std::vector<HeaderField> out;
  for (const std::string& text : texts) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (colon == 0 || colon == text.size())
      throw UsageError(fmt::format("--header '{}': write 'Name: value'", text));
    out.push_back({text.substr(0, colon), std::string(trim(text.substr(colon + 1)))});
  }
  return out;
}

std::string read_url(const std::string& given) {
  if (given != "-") return given;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

std::string read_document(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in) throw UsageError(fmt::format("--answer {}: cannot be read", file));
  std::string out(longest_answer_bytes, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  return out;
}

// The credentials that are at hand; nothing where there are none. A machine's own are asked for
// only where the URL was signed with temporary ones: they are of no other kind.
std::optional<credentials::Timed> credentials_at_hand(const std::string& profile,
                                                      std::string_view access_key_id) {
  const auto source = credentials::find_source(
      credentials::process_environment(), profile.empty() ? std::nullopt : std::optional(profile));
  if (!source) {
    if (!profile.empty()) throw UsageError(source.error());
    return std::nullopt;
  }
  const bool asks_the_machine = std::holds_alternative<credentials::InstanceMetadata>(*source);
  if (asks_the_machine && !access_key_id.starts_with("ASIA")) return std::nullopt;
  // Those that have ended too: that is what may be wrong.
  auto found = credentials::load(*source, UnixSeconds{});
  if (!found) return std::nullopt;
  return *std::move(found);
}

struct Settings {
  std::string store_host;
  std::string region;
};

// What presign would sign for, where that is set.
Settings settings_at_hand(const SigningOptions& options) {
  const auto environment = credentials::process_environment();
  const auto found = credentials::s3_settings(
      environment,
      credentials::load_profile(
          environment, options.profile.empty() ? std::nullopt : std::optional(options.profile)));
  Settings out;
  out.region = options.region.empty() ? found.region.value_or("") : options.region;
  const std::string url =
      options.endpoint.empty() ? found.endpoint_url.value_or("") : options.endpoint;
  if (url.empty()) return out;
  const auto endpoint = sigv4::Endpoint::parse(url, sigv4::Addressing::path_style);
  if (!endpoint)
    throw UsageError(fmt::format("--endpoint {}: {}", url, to_string(endpoint.error())));
  out.store_host = endpoint->service_host();
  return out;
}

std::string guess_method(const PresignedUrl& url, const SignatureClaim& claim) {
  const std::string_view id = url.get("x-id").value_or("");
  if (id.starts_with("Put") || id == "UploadPart") return "PUT";
  if (id.starts_with("Head")) return "HEAD";
  if (id.starts_with("Delete")) return "DELETE";
  if (id.starts_with("Get") || id.starts_with("List")) return "GET";
  if (url.get("uploads")) return "POST";
  if (url.get("uploadId")) return url.get("partNumber") ? "PUT" : "POST";
  for (const char* name : {"content-type", "content-length", "content-md5", "if-none-match",
                           "x-amz-checksum-sha256", "x-amz-checksum-crc32", "x-amz-acl"})
    if (claim.signs(name)) return "PUT";
  return "GET";
}

class Explaining {
 public:
  Explaining(const Options& options, PresignedUrl url) : options_(options) {
    out_.url = std::move(url);
    out_.claim = read_claim(out_.url);
    out_.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    settings_ = settings_at_hand(options.signing);
    out_.target = target_of(out_.url, settings_.store_host);
    fields_ = parse_fields(options.headers);
    who_ = credentials_at_hand(options.signing.profile, out_.claim.access_key_id);
  }

  Explanation take() {
    out_.findings = check_form(out_.url, out_.claim,
                               {.now = out_.now,
                                .fields = fields_,
                                .fields_are_known = options_.check || !fields_.empty(),
                                .who = who_ ? &*who_ : nullptr});
    try_signature();
    choose_method();
    add_notes();
    if (options_.check && can_be_asked()) ask();
    if (!options_.answer.empty()) read_answer();
    return std::move(out_);
  }

 private:
  bool is_complete() const {
    const auto& claim = out_.claim;
    return claim.date && !claim.scope.empty() && !claim.signature.empty() &&
           !claim.signed_headers.empty();
  }
  // A host is there, and a signature that a store could look at.
  bool can_be_asked() const {
    return std::ranges::none_of(out_.findings, [](const Finding& finding) {
      return finding.cause == Cause::no_signature || finding.cause == Cause::html_escaped;
    });
  }
  bool has(Cause cause) const {
    return std::ranges::find(out_.findings, cause, &Finding::cause) != out_.findings.end();
  }

  void try_signature() {
    if (!who_ || !is_complete() || has(Cause::signature_truncated)) return;
    if (who_->credentials.access_key_id != out_.claim.access_key_id) {
      out_.notes.push_back(
          fmt::format("the credentials from {} are those of another access key, {}", who_->source,
                      who_->credentials.access_key_id));
      return;
    }
    out_.credentials_from = who_->source;
    std::vector<HeaderField> fields = fields_;
    out_.signature = check_signature(out_.url, out_.claim, who_->credentials,
                                     {.method = options_.method,
                                      .fields = std::move(fields),
                                      .store_host = settings_.store_host,
                                      .region = settings_.region});
    // A field whose value is not known: nothing can be said.
    if (!out_.signature->right && lacks_signed_field()) {
      out_.signature.reset();
      out_.notes.push_back("the signature can be checked only with the signed fields: --header");
      return;
    }
    const bool explained = has(Cause::session_token_missing) || has(Cause::missing_parameter);
    if (out_.signature->finding && !explained) out_.findings.push_back(*out_.signature->finding);
  }
  bool lacks_signed_field() const {
    std::string_view rest = out_.claim.signed_headers;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      const bool given = std::ranges::any_of(
          fields_, [&](const auto& f) { return equal_ignoring_case(f.name, name); });
      if (name != "host" && !given) return true;
    }
    return false;
  }

  void choose_method() {
    out_.method_by = "option";
    out_.method = options_.method;
    if (!out_.method.empty()) return;
    const bool found = out_.signature && !out_.signature->method.empty();
    out_.method_by = found ? "signature" : "guess";
    out_.method = found ? out_.signature->method : guess_method(out_.url, out_.claim);
  }

  void add_notes() {
    if (!options_.check && fields_.empty() && out_.claim.signed_headers.contains(';'))
      out_.notes.push_back(fmt::format("the sender must send these fields as they were signed: {}",
                                       out_.claim.signed_headers));
    const auto end = out_.claim.ends_at();
    if (end && !out_.credentials_from.empty() && who_->ends_at && *who_->ends_at < *end &&
        !has(Cause::credentials_ended))
      out_.notes.push_back(fmt::format("it ends with its temporary credentials at {}, before {}",
                                       to_rfc3339(*who_->ends_at), to_rfc3339(*end)));
  }

  void ask() {
    out_.answer = ask_store(out_.url, out_.method, fields_);
    const StoreAnswer& answer = *out_.answer;
    if (answer.clock && (*answer.clock - out_.now > std::chrono::minutes(1) ||
                         out_.now - *answer.clock > std::chrono::minutes(1)))
      out_.notes.push_back(fmt::format("the store's clock says {}, this machine's {}",
                                       to_rfc3339(*answer.clock), to_rfc3339(out_.now)));
    if (answer.accepted && !answer.is_probe) {
      for (const Finding& finding : out_.findings)
        out_.notes.push_back("the store takes it in spite of this: " + finding.evidence);
      out_.findings.clear();
      return;
    }
    take_answer();
  }
  void read_answer() {
    out_.answer = answer_of_document(read_document(options_.answer), out_.method);
    if (!out_.answer)
      throw UsageError("--answer: this is no error document of S3, <Error><Code>...</Code>");
    take_answer();
  }
  void take_answer() {
    if (auto found = finding_of(*out_.answer, out_.url, out_.claim, fields_, out_.signature))
      take(*std::move(found));
  }
  // What was seen here too is told in its own words, and first; what says no more than that the
  // store minds is not told beside a cause.
  void take(Finding found) {
    auto same = std::ranges::find(out_.findings, found.cause, &Finding::cause);
    if (same != out_.findings.end()) {
      std::rotate(out_.findings.begin(), same, same + 1);
    } else if (out_.findings.empty() || !is_general(found.cause)) {
      out_.findings.insert(out_.findings.begin(), std::move(found));
    }
  }
  static bool is_general(Cause cause) {
    return cause == Cause::malformed_parameter || cause == Cause::refused ||
           cause == Cause::not_allowed || cause == Cause::wrong_secret_key;
  }

  const Options& options_;
  Settings settings_;
  std::vector<HeaderField> fields_;
  std::optional<credentials::Timed> who_;
  Explanation out_;
};

Exit explain(const Options& options) {
  if (options.url == "-" && options.answer == "-")
    throw UsageError("only one of the URL and --answer can come from standard input");
  auto url = PresignedUrl::parse(read_url(options.url));
  if (!url)
    throw UsageError(
        "give a pre-signed URL, http(s)://HOST/..., in quotes, or - to read it from standard "
        "input");
  const Explanation explanation = Explaining(options, *std::move(url)).take();
  const ReportOptions report{.show_signature = options.show_signature};
  write_out(options.json ? json_of(explanation, report) : text_of(explanation, report));
  return explanation.findings.empty() ? Exit::done : Exit::failed;
}

}  // namespace

void add_explain(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand(
      "explain", "Take a pre-signed URL apart, and say why it does not work");
  auto options = std::make_shared<Options>();
  command->add_option("url", options->url, "the URL, or - for standard input")
      ->type_name("URL")
      ->required();
  auto* check = command->add_flag("--check", options->check, "ask the store too");
  command
      ->add_option("--answer", options->answer,
                   "the store's error document, as somebody got it; - for standard input")
      ->type_name("FILE")
      ->excludes(check);
  command
      ->add_option("--method", options->method,
                   "method that the request has (else what is signed, or a guess)")
      ->type_name("NAME")
      ->transform(CLI::IsMember({"GET", "PUT", "HEAD", "DELETE", "POST"}, CLI::ignore_case));
  command->add_option("--header", options->headers, "field that the request has; repeatable")
      ->type_name("'N: V'")
      ->allow_extra_args(false);
  add_signing_options(*command, options->signing);
  command->add_flag("--show-signature", options->show_signature, "print the whole signature");
  command->add_flag("--json", options->json, "one JSON document, with `cause`");
  command->footer(examples);
  command->callback([&run, options] { run = [options] { return explain(*options); }; });
}

}  // namespace signpost::cli

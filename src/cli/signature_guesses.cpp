#include "cli/signature_guesses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory_resource>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "sigv4/canonical_request.hpp"

namespace signpost::cli {
namespace {

constexpr const char* other_host =
    "The host is signed: use the URL as it was made, and let proxies pass Host on unchanged; or "
    "sign for the host that is used (--endpoint).";
constexpr const char* literal_key =
    "Hand the URL on as it was made, without encoding or decoding it again; to signpost presign "
    "the key is given as it is.";

class Guesses {
 public:
  Guesses(const PresignedUrl& url, const SignatureClaim& claim, const SignedRequest& base,
          const SignatureQuestion& question)
      : url_(url), claim_(claim), base_(base), question_(question) {}

  std::vector<Guess> take() { return std::move(out_); }

  void hosts() {
    const std::string host = base_.host;
    const std::size_t colon = port_at(host);
    const std::string name = host.substr(0, colon);
    if (!question_.store_host.empty()) {
      const std::string there = question_.store_host.substr(0, port_at(question_.store_host));
      host_is(question_.store_host, there == name ? Cause::wrong_port : Cause::wrong_host);
    }
    for (const char* port : {"", ":80", ":443", ":8080", ":9000"})
      host_is(name + port, Cause::wrong_port);
    for (const char* local : {"localhost", "127.0.0.1", "[::1]"})
      host_is(local + host.substr(colon), Cause::wrong_host);
    if (!claim_.region.empty()) amazon_hosts();
  }

  void bucket_styles() {
    const std::string_view path = url_.path;
    const std::size_t slash = path.find('/', 1);
    if (slash != std::string_view::npos) {
      Guess guess = guess_of(Cause::bucket_style,
                             "The URL was signed with the bucket in front of the host, and has it "
                             "in the path now.",
                             "Sign for the form that is used: --path-style or --virtual-host.");
      guess.request.host = std::string(path.substr(1, slash - 1)) + "." + base_.host;
      set_uri(guess, path.substr(slash));
    }
    const std::size_t dot = base_.host.find('.');
    if (dot == std::string::npos) return;
    Guess guess = guess_of(Cause::bucket_style,
                           "The URL was signed with the bucket in the path, and has it in front of "
                           "the host now.",
                           "Sign for the form that is used: --path-style or --virtual-host.");
    guess.request.host = base_.host.substr(dot + 1);
    set_uri(guess, "/" + base_.host.substr(0, dot) + url_.path);
  }

  void paths() {
    const std::string& path = url_.path;
    path_was(percent_decode(path).value_or(path),
             "The path was percent-encoded once more after it was signed (a % became %25).");
    path_was(
        percent_encode(path, Slash::keep),
        "The path was percent-decoded once after it was signed (%2F in a key became /, say), or "
        "the signer encoded it twice.");
    path_was(replaced(replaced(path, "%2F", "%252F"), "%2f", "%252F"),
             "A %2F that was part of the key was decoded once: it is a slash of the path now.");
    path_was(replaced(path, "+", "%20"),
             "A '+' stands for a blank in the path; there it is a plus.");
    path_was(replaced(path, "%20", "+"), "A '+' of the key became a blank on the way.");
    path_was(replaced(replaced(path, "%2B", "%20"), "%2b", "%20"),
             "A blank of the key became a plus on the way.");
    Guess slashes = guess_of(Cause::key_encoding,
                             "It was signed with the key's slashes as %2F, which S3 does not do.",
                             "Encode everything in a key but its slashes.");
    slashes.request.uri = encoded_slashes(base_.uri);
    add(std::move(slashes));
    std::pmr::monotonic_buffer_resource memory;
    if (const auto uri = sigv4::canonical_uri(path, sigv4::PathRule::normalized, memory)) {
      Guess guess = guess_of(Cause::key_encoding,
                             "It was signed with // and .. taken out of the key, which other "
                             "services of Amazon do, and S3 does not.",
                             "Use a signer for S3, which leaves the path as it is.");
      guess.request.uri = *uri;
      add(std::move(guess));
    }
  }

  void queries(const sigv4::Credentials& credentials) {
    std::vector<std::string> own;
    for (std::size_t i = 0; i < url_.parameters.size(); ++i) {
      const auto& parameter = url_.parameters[i];
      if (is_signature_parameter(parameter.name)) continue;
      own.push_back(parameter.name);
      without([&](const auto& p) { return &p == &parameter; },
              fmt::format("The parameter {} was added after the URL was signed.", parameter.name));
    }
    if (own.size() > 1)
      without([](const auto& p) { return !is_signature_parameter(p.name); },
              fmt::format("The parameters {} were added after the URL was signed.",
                          fmt::join(own, ", ")));
    if (!claim_.has_token && !credentials.session_token.empty())
      with("X-Amz-Security-Token", std::string(credentials.session_token.reveal()));
    for (const char* id : {"GetObject", "PutObject", "HeadObject", "DeleteObject", "UploadPart"})
      with("x-id", id);
    for (const char* seconds : {"60", "120", "180", "300", "600", "900", "1800", "3600", "7200",
                                "43200", "86400", "604800"})
      changed("X-Amz-Expires", seconds);
    plus_for_blank();
  }

  void payloads() {
    Guess guess =
        guess_of(Cause::payload_hash,
                 "It was signed with the hash of an empty body in the place of UNSIGNED-PAYLOAD.",
                 "A pre-signed URL of S3 is signed with UNSIGNED-PAYLOAD.");
    guess.request.payload_hash = hex_encode(sha256(""));
    add(std::move(guess));
  }

 private:
  static std::size_t port_at(std::string_view host) {
    const std::size_t bracket = host.rfind(']');
    return std::min(host.find(':', bracket == std::string_view::npos ? 0 : bracket), host.size());
  }
  static std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (std::size_t at; (at = text.find(from)) != std::string_view::npos;) {
      out.append(text.substr(0, at)).append(to);
      text.remove_prefix(at + from.size());
    }
    return out.append(text);
  }
  static std::string encoded_slashes(std::string_view uri) {
    // The slashes before and behind the bucket's name stay.
    const std::size_t key = std::min(uri.find('/', 1), uri.size());
    std::string out(uri.substr(0, std::min(key + 1, uri.size())));
    return out += replaced(uri.substr(std::min(key + 1, uri.size())), "/", "%2F");
  }

  Guess guess_of(Cause cause, std::string evidence, const char* remedy) const {
    return {base_, {cause, std::move(evidence), remedy}};
  }
  void add(Guess guess) { out_.push_back(std::move(guess)); }
  void set_uri(Guess& guess, std::string_view raw_path) {
    std::pmr::monotonic_buffer_resource memory;
    const auto uri = sigv4::canonical_uri(raw_path, sigv4::PathRule::s3, memory);
    if (!uri) return;
    guess.request.uri = *uri;
    add(std::move(guess));
  }

  void host_is(const std::string& host, Cause cause) {
    if (host == base_.host) return;
    Guess guess = guess_of(
        cause,
        fmt::format("The URL was signed for the host {}, and is sent to {}.", host, base_.host),
        other_host);
    guess.request.host = host;
    add(std::move(guess));
  }
  void amazon_hosts() {
    const std::string region = "s3." + claim_.region + ".amazonaws.com";
    if (base_.host.ends_with(region))
      host_is(base_.host.substr(0, base_.host.size() - region.size()) + "s3.amazonaws.com",
              Cause::wrong_host);
    if (base_.host.ends_with("s3.amazonaws.com"))
      host_is(base_.host.substr(0, base_.host.size() - 16) + region, Cause::wrong_host);
  }

  void path_was(const std::string& raw_path, const char* evidence) {
    if (raw_path == url_.path) return;
    Guess guess = guess_of(Cause::key_encoding, evidence, literal_key);
    set_uri(guess, raw_path);
  }

  using Parameters = std::vector<PresignedUrl::Parameter>;
  static std::string canonical(const Parameters& parameters) {
    std::vector<std::string> texts;
    texts.reserve(2 * parameters.size());
    std::vector<sigv4::EncodedPair> pairs;
    for (const auto& parameter : parameters) {
      if (parameter.name == "X-Amz-Signature") continue;
      texts.push_back(percent_encode(parameter.name, Slash::encode));
      texts.push_back(percent_encode(parameter.value, Slash::encode));
      pairs.push_back({texts[texts.size() - 2], texts.back()});
    }
    std::pmr::monotonic_buffer_resource memory;
    return std::string(sigv4::canonical_query(pairs, memory));
  }
  void query_was(const Parameters& parameters, Cause cause, std::string evidence,
                 const char* remedy) {
    Guess guess = guess_of(cause, std::move(evidence), remedy);
    guess.request.query = canonical(parameters);
    if (guess.request.query != base_.query) add(std::move(guess));
  }
  template <class Drop>
  void without(Drop drop, std::string evidence) {
    Parameters parameters;
    for (const auto& parameter : url_.parameters)
      if (!drop(parameter)) parameters.push_back(parameter);
    query_was(parameters, Cause::extra_parameter, std::move(evidence),
              "Every parameter is signed: add it before signing (--query), or leave it away.");
  }
  void with(const char* name, std::string value) {
    if (url_.get(name)) return;
    Parameters parameters = url_.parameters;
    parameters.push_back({name, std::move(value), ""});
    query_was(parameters, Cause::missing_parameter,
              fmt::format("The parameter {} was signed, and has gone on the way.", name),
              "Every parameter is signed: send the URL whole.");
  }
  void changed(const char* name, const char* value) {
    Parameters parameters = url_.parameters;
    auto found = std::ranges::find(parameters, name, &PresignedUrl::Parameter::name);
    if (found == parameters.end() || found->value == value) return;
    std::string evidence =
        fmt::format("{} was {} when the URL was signed, and is {} now.", name, value, found->value);
    found->value = value;
    query_was(parameters, Cause::parameter_changed, std::move(evidence),
              "Every parameter is signed: make a new URL with the value that is wanted.");
  }
  void plus_for_blank() {
    Parameters parameters = url_.parameters;
    for (auto& parameter : parameters) std::ranges::replace(parameter.value, '+', ' ');
    query_was(parameters, Cause::parameter_changed,
              "A '+' stands for a blank in the query; in a signed URL it is a plus.",
              "Encode blanks as %20.");
  }

  const PresignedUrl& url_;
  const SignatureClaim& claim_;
  const SignedRequest& base_;
  const SignatureQuestion& question_;
  std::vector<Guess> out_;
};

}  // namespace

std::vector<Guess> guesses(const PresignedUrl& url, const SignatureClaim& claim,
                           const SignedRequest& base, const sigv4::Credentials& credentials,
                           const SignatureQuestion& question) {
  Guesses out(url, claim, base, question);
  out.hosts();
  out.bucket_styles();
  out.paths();
  out.queries(credentials);
  out.payloads();
  return out.take();
}

}  // namespace signpost::cli

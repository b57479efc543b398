#include "cli/presign_post.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "cli/signing.hpp"
#include "s3/xml.hpp"
#include "sigv4/post_policy.hpp"

namespace signpost::cli {
namespace {

struct Options {
  SigningOptions signing;
  std::string url;
  std::string expires_in = "3m";
  std::vector<std::string> fields;
  std::vector<std::string> prefixes;
  std::string min_size;
  std::string max_size;
  bool html = false;
  bool curl = false;
  bool json = false;
};

constexpr std::string_view filename_variable = "${filename}";

constexpr const char* examples =
    "Examples:\n"
    "  signpost presign post s3://photos/2026/beach.jpg --max-size 5MiB \\\n"
    "      --field Content-Type=image/jpeg\n"
    "      one upload of that key and type, of up to 5 MiB\n"
    "  signpost presign post s3://photos/users/alice/ --starts-with Content-Type=image/ --html\n"
    "      behind a final slash the store puts the name of the file that is chosen; a page\n"
    "      with the form\n"
    "  signpost presign post s3://photos/in/ --field success_action_status=201 --curl\n"
    "      the same as a command; put the file's name in the place of FILE\n\n"
    "A policy holds what a pre-signed PUT cannot: the greatest size, and beginnings of keys and "
    "types.\n"
    "Every field of the form is a condition; the store refuses a form with others, but for names\n"
    "that begin with x-ignore-. Nothing is asked of the store.";

struct Pair {
  std::string_view name;
  std::string_view value;
};

Pair parse_pair(const char* option, std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const Pair out{text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
  if (out.name.empty() || equals == text.size())
    throw UsageError(fmt::format("{} '{}': write 'name=value'", option, text));
  for (const char* own : {"key", "bucket", "policy", "file", "x-amz-algorithm", "x-amz-credential",
                          "x-amz-date", "x-amz-security-token", "x-amz-signature"}) {
    if (equal_ignoring_case(out.name, own))
      throw UsageError(fmt::format("{}: made here, and not to be given, is {}", option, own));
  }
  return out;
}

// Names differ without regard to case; a form that has one twice is refused by every store.
void check_names(const std::vector<Pair>& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (equal_ignoring_case(pairs[i].name, pairs[k].name))
        throw UsageError(fmt::format("{}: given twice", pairs[i].name));
    }
  }
}

std::uint64_t parse_bytes(const char* option, const std::string& text, std::uint64_t otherwise) {
  if (text.empty()) return otherwise;
  const auto size = parse_size(text);
  if (size && *size <= limits::put_object_bytes) return *size;
  throw UsageError(fmt::format("{} {}: write 512, 64KiB or 5MiB; 5GiB at most", option, text));
}

std::string key_of(std::string_view target) {
  std::string key(target);
  if (key.empty() || key.ends_with('/')) key += filename_variable;
  const std::size_t variable = key.find(filename_variable);
  if (variable != std::string::npos && variable + filename_variable.size() != key.size())
    throw UsageError("${filename} stands at the key's end or nowhere");
  const bool clean = std::ranges::none_of(
      key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!clean) throw UsageError("a form cannot hold a key with control characters");
  return key;
}

// What the form is to hold, and what it may hold. Views of the options.
struct Order {
  std::vector<FieldView> fields;
  std::vector<Pair> chosen;  // by who uploads; the value is how it begins
  std::vector<sigv4::PostCondition> conditions;
};

Order order_of(const Options& options) {
  Order order;
  std::vector<Pair> all;
  for (const std::string& text : options.fields) {
    all.push_back(parse_pair("--field", text));
    order.fields.push_back({all.back().name, all.back().value});
  }
  for (const std::string& text : options.prefixes) {
    all.push_back(parse_pair("--starts-with", text));
    order.chosen.push_back(all.back());
    order.conditions.push_back(
        sigv4::PostCondition::starts_with(all.back().name, all.back().value));
  }
  check_names(all);
  if (options.min_size.empty() && options.max_size.empty()) return order;
  const std::uint64_t least = parse_bytes("--min-size", options.min_size, 0);
  const std::uint64_t most = parse_bytes("--max-size", options.max_size, limits::put_object_bytes);
  if (least > most) throw UsageError("--min-size is more than --max-size");
  order.conditions.push_back(sigv4::PostCondition::content_length_range(least, most));
  return order;
}

// What escapes text in XML escapes it in HTML too.
std::string html_of(const sigv4::PresignedPost& post, const Order& order) {
  std::string out =
      fmt::format("<form action=\"{}\" method=\"post\" enctype=\"multipart/form-data\">\n",
                  s3::xml_escape(post.url));
  for (const auto& [name, value] : post.fields)
    out += fmt::format("  <input type=\"hidden\" name=\"{}\" value=\"{}\">\n", s3::xml_escape(name),
                       s3::xml_escape(value));
  for (const Pair& pair : order.chosen)
    out += fmt::format("  <label>{0} <input name=\"{0}\" value=\"{1}\"></label>\n",
                       s3::xml_escape(pair.name), s3::xml_escape(pair.value));
  return out +
         "  <input type=\"file\" name=\"file\" required>\n"
         "  <button>Upload</button>\n"
         "</form>\n";
}

std::string shell_quote(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out += '\'';
}

// --form-string takes values as they are; -F would read files for some.
std::string curl_of(const sigv4::PresignedPost& post, const Order& order) {
  std::string out = "curl";
  const auto add = [&](std::string_view name, std::string_view value) {
    out += " --form-string " + shell_quote(std::string(name) + "=" + std::string(value)) + " \\\n ";
  };
  for (const auto& [name, value] : post.fields) add(name, value);
  for (const Pair& pair : order.chosen) add(pair.name, pair.value);
  return out + " -F 'file=@FILE' " + shell_quote(post.url) + "\n";
}

std::string json_of(const sigv4::PresignedPost& post, UnixSeconds end) {
  boost::json::object fields;
  for (const auto& [name, value] : post.fields) fields[name] = value;
  const boost::json::object document{{"url", post.url},
                                     {"method", "POST"},
                                     {"fields", std::move(fields)},
                                     {"expires_at", to_rfc3339(end)}};
  return boost::json::serialize(document) + "\n";
}

Exit presign_post(const Options& options) {
  const Order order = order_of(options);
  const auto life = parse_life(options.expires_in);
  const auto target = parse_s3_url(options.url);
  if (!target)
    throw UsageError(fmt::format(
        "'{}' is no s3://BUCKET/KEY-OR-PREFIX. Example: signpost presign post s3://photos/in/",
        options.url));
  const std::string key = key_of(target->key);
  const Signing signing = resolve_signing(options.signing);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto post = sigv4::presign_post(signing.who.credentials, signing.region,
                                        signing.endpoint_for(target->bucket),
                                        {.bucket = target->bucket,
                                         .key = key,
                                         .fields = order.fields,
                                         .conditions = order.conditions,
                                         .date = sigv4::AmzDate(now),
                                         .expires = life});
  if (!post) throw UsageError("keys, fields and their values are UTF-8");
  const UnixSeconds end = now + life;
  warn_of_end(signing.who, end);
  if (options.html) {
    write_out(html_of(*post, order));
  } else if (options.curl) {
    write_out(curl_of(*post, order));
  } else {
    write_out(json_of(*post, std::min(end, signing.who.ends_at.value_or(end))));
  }
  return Exit::done;
}

}  // namespace

void add_presign_post(CLI::App& presign, Run& run) {
  CLI::App* command =
      presign.add_subcommand("post", "A form to upload with, for browsers: a POST policy");
  auto options = std::make_shared<Options>();
  const auto text = [command](const char* option, std::string& into, const char* type,
                              const char* says) {
    command->add_option(option, into, says)->type_name(type);
  };
  text("url", options->url, "s3://BUCKET/KEY-OR-PREFIX",
       "a key, or a prefix that ends with a slash; as it stands");
  command->add_option("--expires-in", options->expires_in, "how long it is good: 90s, 3m, 12h, 7d")
      ->type_name("TIME")
      ->capture_default_str();
  command
      ->add_option("--field", options->fields,
                   "field that the form must have, with that value; repeatable")
      ->type_name("'N=V'")
      ->allow_extra_args(false);
  command
      ->add_option("--starts-with", options->prefixes,
                   "field that who uploads chooses, and how it must begin; repeatable")
      ->type_name("'N=BEGINNING'")
      ->allow_extra_args(false);
  text("--min-size", options->min_size, "SIZE", "the least that the file may have");
  text("--max-size", options->max_size, "SIZE", "the most that the file may have");
  add_signing_options(*command, options->signing);
  auto* html = command->add_flag("--html", options->html, "an HTML form");
  auto* curl = command->add_flag("--curl", options->curl, "a curl command")->excludes(html);
  command
      ->add_flag("--json", options->json,
                 "one JSON document: url, method, fields, expires_at "
                 "(what is printed anyway)")
      ->excludes(html)
      ->excludes(curl);
  command->footer(examples);
  command->callback([&run, options] { run = [options] { return presign_post(*options); }; });
}

}  // namespace signpost::cli

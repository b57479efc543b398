#include "cli/import.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "base/ascii.hpp"
#include "cli/gateway_client.hpp"
#include "cli/import_report.hpp"
#include "cli/key_pattern.hpp"
#include "cli/signing.hpp"
#include "credentials/settings.hpp"
#include "domain/principal.hpp"
#include "s3client/s3_client.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t at_once = 16;  // requests on their way
constexpr int tries = 6;
constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::seconds longest_pause{30};

using Timer = net::asio::basic_waitable_timer<
    std::chrono::steady_clock, net::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

struct Options {
  std::string url;
  std::string owner_from;
  std::string id_from;
  std::string issuer{domain::local_issuer};
  std::string start_after;
  bool dry_run = false;
  ClientOptions client;
  SigningOptions signing;
};

constexpr const char* examples =
    "Examples:\n"
    "  signpost import s3://photos/users/ --owner-from 'users/{owner}/' --dry-run\n"
    "      what would be entered: users/ann/a.jpg for user:local:ann\n"
    "  signpost import s3://photos/users/ --owner-from 'users/{owner}/' --issuer app \\\n"
    "      --id-from 'users/{owner}/{id}.jpg'\n"
    "      for user:app:..., under the app's own ids: /files/3434323 works as before\n\n"
    "Enters objects that are in the gateway's bucket already into its catalog, ready at once; "
    "nothing\n"
    "is copied, and the store goes on as it is. What is there already is left alone, so that it "
    "can\n"
    "be run again after a failure, or for what has come since. A {name} stands for what has no "
    "slash.\n"
    "Only an admin may: SIGNPOST_TOKEN with the scopes write and admin, or `signpost login`. The\n"
    "bucket is listed with credentials as AWS tools find them.";

// What is to become of one object.
struct Entry {
  std::string key;
  std::string owner;
  std::optional<std::string> id;
};

class Rules {
 public:
  explicit Rules(const Options& options) : issuer_(options.issuer) {
    if (!domain::Principal::user(issuer_, "x"))
      throw UsageError(fmt::format("--issuer {}: is no issuer's name", issuer_));
    auto owner = KeyPattern::parse(options.owner_from, "owner");
    if (!owner) throw UsageError("--owner-from: " + owner.error());
    owner_ = *std::move(owner);
    if (options.id_from.empty()) return;
    auto id = KeyPattern::parse(options.id_from, "id");
    if (!id) throw UsageError("--id-from: " + id.error());
    id_ = *std::move(id);
  }

  // Nothing where the key matches not; a key that ends with a slash is no file's.
  std::optional<Entry> apply(std::string_view key) const {
    auto values = owner_.match(key, KeyPattern::Extent::beginning);
    if (!values || key.ends_with('/')) return std::nullopt;
    const std::string& name = values->find("owner")->second;
    auto owner = domain::Principal::parse(name);
    if (!owner) owner = domain::Principal::user(issuer_, name);
    if (!owner) return std::nullopt;
    Entry entry{.key = std::string(key), .owner = owner->text(), .id = std::nullopt};
    if (!id_) return entry;
    auto of_id = id_->match(key, KeyPattern::Extent::whole);
    if (!of_id) return std::nullopt;
    entry.id = of_id->find("id")->second;
    return entry;
  }

 private:
  std::string issuer_;
  KeyPattern owner_;
  std::optional<KeyPattern> id_;
};

std::chrono::milliseconds retry_after(const Answer& answer) {
  const auto seconds = parse_u64(answer.head.field("Retry-After").value_or("")).value_or(0);
  return std::chrono::seconds(std::min<std::uint64_t>(seconds, longest_pause.count()));
}

net::Task<void> wait(std::chrono::milliseconds length) {
  Timer timer(co_await net::asio::this_coro::executor, length);
  co_await timer.async_wait(net::asio::use_awaitable_t<net::Executor>());
}

class Import {
 public:
  Import(net::asio::io_context& context, const Options& options, const Rules& rules,
         const S3Url& where, const GatewayClient& gateway, const Signing& signing)
      : context_(context),
        http_(context),
        options_(options),
        rules_(rules),
        bucket_(where.bucket),
        prefix_(where.key),
        gateway_(gateway),
        store_(http_, endpoint_of(signing, bucket_), credentials::fixed(signing.who.credentials),
               &now),
        report_(options.client.json, options.dry_run) {}

  // Every page of the listing, one after the other.
  net::Task<void> run() {
    s3client::ListRequest list{.prefix = prefix_, .start_after = options_.start_after};
    do {
      auto page = co_await store_.list_objects(list);
      if (!page) {
        stop("listing the bucket: " + page.error().text());
        break;
      }
      co_await enter(page->keys);
      if (!is_stopped() && !page->keys.empty()) last_key_ = page->keys.back();
      list.page = std::move(page->next);
    } while (list.page && !is_stopped());
  }

  Exit finish() {
    report_.finish(bucket_, prefix_, last_key_);
    return report_.all_well() ? Exit::done : Exit::failed;
  }

 private:
  static UnixSeconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  static s3client::S3Endpoint endpoint_of(const Signing& signing, const std::string& bucket) {
    const bool in_host =
        signing.endpoint_for(bucket).addressing() == sigv4::Addressing::virtual_host;
    return {.endpoint = signing.endpoint,
            .region = signing.region,
            .bucket = bucket,
            .path_style = !in_host};
  }
  void stop(std::string reason) {
    if (!stopped_) report_.broke_off(std::move(reason));
    stopped_ = true;
  }
  bool is_stopped() const { return stopped_; }

  // Some at once; ends with the last of them.
  net::Task<void> enter(const std::vector<std::string>& keys) {
    Timer all_done(context_, std::chrono::steady_clock::time_point::max());
    std::size_t next = 0;
    std::size_t working = at_once;
    std::exception_ptr failure;
    for (std::size_t i = 0; i < at_once; ++i)
      net::asio::co_spawn(context_, work(keys, next), [&](const std::exception_ptr& error) {
        if (error) failure = error;
        if (--working == 0) all_done.cancel();
      });
    boost::system::error_code cancelled;
    while (working > 0)
      co_await all_done.async_wait(
          net::asio::redirect_error(net::asio::use_awaitable_t<net::Executor>(), cancelled));
    if (failure) std::rethrow_exception(failure);
  }

  net::Task<void> work(const std::vector<std::string>& keys, std::size_t& next) {
    while (next < keys.size() && !is_stopped()) {
      const std::string& key = keys[next++];
      auto entry = rules_.apply(key);
      if (!entry) {
        report_.unmatched(key);
      } else if (options_.dry_run) {
        report_.entered();
      } else {
        co_await enter_one(*entry);
      }
    }
  }

  net::Task<void> enter_one(const Entry& entry) {
    boost::json::object body{
        {"object", boost::json::object{{"bucket", bucket_}, {"key", entry.key}}},
        {"owner", entry.owner}};
    if (entry.id) body["id"] = *entry.id;
    for (int n = 1;; ++n) {
      auto answer = co_await gateway_.send(http_, "POST", "/v1/files", body);
      if (answer && answer->head.status != 429 && answer->head.status < 500)
        co_return take(entry, *answer);
      if (n == tries && !answer) co_return stop(gateway_.trouble(answer.error()));
      if (n == tries) co_return report_.failed(entry.key, gateway_.refusal(*answer).what());
      std::chrono::milliseconds pause = first_pause * (1 << n);
      if (answer) pause = std::max(pause, retry_after(*answer));
      co_await wait(std::min<std::chrono::milliseconds>(pause, longest_pause));
    }
  }

  void take(const Entry& entry, const Answer& answer) {
    const unsigned status = answer.head.status;
    if (status == 201) return report_.entered();
    const Refused refusal = gateway_.refusal(answer);
    if (refusal.code() == "object_taken") return report_.already();
    // The same for every object.
    if (status == 401 || status == 403 || refusal.code() == "wrong_bucket")
      return stop(refusal.what());
    report_.failed(entry.key, refusal.what());
  }

  net::asio::io_context& context_;
  net::HttpClient http_;
  const Options& options_;
  const Rules& rules_;
  std::string bucket_;
  std::string prefix_;
  const GatewayClient& gateway_;
  s3client::S3Client store_;
  ImportReport report_;
  std::string last_key_;
  bool stopped_ = false;
};

// Runs a coroutine to its end.
void run_to_end(net::asio::io_context& context, net::Task<void> task) {
  std::exception_ptr failure;
  net::asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& error) {
    failure = error;
    context.stop();
  });
  context.run();
  context.restart();
  if (failure) std::rethrow_exception(failure);
}

// Else the store is the gateway's own.
bool names_an_endpoint(const SigningOptions& options) {
  const auto environment = credentials::process_environment();
  auto profile = options.profile.empty() ? std::nullopt : std::optional(options.profile);
  auto settings =
      credentials::s3_settings(environment, credentials::load_profile(environment, profile));
  return !options.endpoint.empty() || settings.endpoint_url;
}

Exit run_import(Options options) {
  const auto where = parse_s3_url(options.url);
  if (!where) {
    throw UsageError(
        fmt::format("'{}' is no s3://BUCKET/PREFIX. Example: signpost import "
                    "s3://photos/users/ --owner-from 'users/{{owner}}/'",
                    options.url));
  }
  const Rules rules(options);
  GatewayClient gateway(options.client);
  net::asio::io_context context;
  if (!names_an_endpoint(options.signing))
    options.signing.endpoint = text_field(gateway.get("/readyz"), "store");
  const Signing signing = resolve_signing(options.signing);
  Import work(context, options, rules, *where, gateway, signing);
  run_to_end(context, work.run());
  return work.finish();
}

}  // namespace

void add_import(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand(
      "import", "Enter objects that exist already into the catalog, without copying them");
  auto options = std::make_shared<Options>();
  command->add_option("url", options->url, "which objects: a bucket and what their keys begin with")
      ->type_name("s3://BUCKET/PREFIX")
      ->required();
  command
      ->add_option("--owner-from", options->owner_from,
                   "what keys begin with; {owner} is the owner's name at its issuer")
      ->type_name("PATTERN")
      ->required();
  command
      ->add_option("--id-from", options->id_from,
                   "what keys are as a whole; {id} is the file's id (else a random one)")
      ->type_name("PATTERN");
  command->add_option("--issuer", options->issuer, "whose users the owners are")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--start-after", options->start_after, "only keys that come after this one")
      ->type_name("KEY");
  command->add_flag("--dry-run", options->dry_run, "list and match, and enter nothing");
  add_client_options(*command, options->client, "what was done, and to which objects nothing");
  add_signing_options(*command, options->signing);
  command->footer(examples);
  command->callback([&run, options] { run = [options] { return run_import(*options); }; });
}

}  // namespace signpost::cli

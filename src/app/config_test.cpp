#include "app/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "app/config_schema.hpp"

namespace signpost::app {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConfigSources file(std::string text) {
  return {"signpost.toml", std::move(text), testing::TempDir(), {}, {}};
}

// The errors as the program prints them.
std::vector<std::string> errors_of(const ConfigSources& sources) {
  const auto config = load_config(sources);
  std::vector<std::string> out;
  if (config) return out;
  for (const ConfigError& error : config.error()) out.push_back(error.text());
  return out;
}
std::vector<std::string> errors_of(std::string text) {
  return errors_of(file(std::move(text)));
}

std::filesystem::path temporary(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

const std::string good_secret = "0b6f2d9c4a7e8135f0c9d2b47e61a853";
std::string jwt_with_secret(const std::string& line) {
  return "[[auth.jwt]]\nname = \"app\"\nissuer = \"i\"\naudience = \"a\"\nalgorithms = "
         "[\"HS256\"]\n" +
         line + "\n";
}

TEST(Config, NothingGivenIsTheDocumentedDefault) {
  const auto config = load_config(file(""));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server.listen, "127.0.0.1:8080");
  EXPECT_EQ(config->store.listen, "127.0.0.1:9000");
  EXPECT_EQ(config->delivery.expires_in, std::chrono::minutes(3));
  EXPECT_EQ(config->delivery.max_expires_in, std::chrono::hours(12));
  EXPECT_EQ(config->delivery.stable_window, std::chrono::minutes(1));
  EXPECT_THAT(config->jwt, IsEmpty());
}

TEST(Config, ReadsEveryKindOfValue) {
  const auto config = load_config(file(R"(
[server]
public_url = "https://Files.example.com:443/"
allowed_origins = ["https://app.example.com/", "http://localhost:5173"]
threads = 3
[store]
kind = "s3"
endpoint = "http://127.0.0.1:9010"
bucket = "photos"
path_style = true
[delivery]
mode = "proxy"
expires_in = "90s"
stable_window = 0
inline_types = []
[uploads]
max_file_size = "5MiB"
)"));
  ASSERT_TRUE(config) << config.error()[0].text();
  EXPECT_EQ(config->server.public_url, "https://files.example.com");
  EXPECT_THAT(config->server.allowed_origins,
              ElementsAre("https://app.example.com", "http://localhost:5173"));
  EXPECT_EQ(config->server.threads, 3);
  EXPECT_EQ(config->store.kind, StoreKind::s3);
  EXPECT_TRUE(config->store.path_style);
  EXPECT_EQ(config->delivery.mode, domain::Delivery::proxy);
  EXPECT_EQ(config->delivery.expires_in.count(), 90);
  EXPECT_EQ(config->delivery.stable_window.count(), 0);
  EXPECT_THAT(config->delivery.inline_types, IsEmpty());
  EXPECT_EQ(config->uploads.max_file_size, 5u << 20);
}

TEST(Config, NamesEveryErrorWithItsLineInOrder) {
  EXPECT_THAT(
      errors_of("[server]\nlisten = 8080\nlsten = \"127.0.0.1:1\"\nthreads = 1000\n"
                "[delivery]\nmode = \"postal\"\nexpires_in = \"soon\"\nallow_override = \"yes\"\n"
                "[stor]\nx = 1\ny = 2\n"),
      ElementsAre("signpost.toml:2: server.listen: must be a text, and is an integer",
                  "signpost.toml:3: server.lsten: unknown setting; did you mean \"listen\"?",
                  "signpost.toml:4: server.threads: 1000 is out of range: 0 to 256",
                  "signpost.toml:6: delivery.mode: \"postal\" is not \"redirect\" or \"proxy\"",
                  "signpost.toml:7: delivery.expires_in: \"soon\" is no duration, such as 90s, 3m, "
                  "12h or 7d",
                  "signpost.toml:8: delivery.allow_override: must be true or false, and is a text",
                  "signpost.toml:9: stor: unknown setting; did you mean \"store\"?"));
}

TEST(Config, SaysWhereAMisplacedSettingBelongs) {
  EXPECT_THAT(errors_of("[server]\nbucket = \"abc\"\n"),
              ElementsAre(HasSubstr("did you mean \"bucket\" in [store]?")));
  EXPECT_THAT(errors_of("zzzzzz = 1\n"), ElementsAre("signpost.toml:1: zzzzzz: unknown setting"));
}

TEST(Config, RefusesWrongTypesAndShapes) {
  for (const char* text : {"server = 1",
                           "[server]\nlisten = [\"127.0.0.1:1\"]",
                           "[server]\nallowed_origins = \"x\"",
                           "[server]\nallowed_origins = [1]",
                           "[server]\nthreads = 1.5",
                           "[server]\nthreads = -1",
                           "[delivery]\nexpires_in = true",
                           "[delivery]\nexpires_in = 1979-05-27",
                           "[delivery]\nexpires_in = \"0s\"",
                           "[delivery]\nexpires_in = \"8d\"",
                           "[delivery]\nexpires_in = -1",
                           "[uploads]\nmax_file_size = \"6TiB\"",
                           "[server]\ntrusted_proxies = [\"localhost\"]",
                           "[server]\ntrusted_proxies = [\"10.0.0.0/33\"]",
                           "[limits]\nrequests_per_second = -1",
                           "[limits]\nrequests_per_second = 1.5",
                           "[uploads]\nmax_file_size = -1",
                           "[uploads]\nmax_file_size = \"big\"",
                           "auth = []",
                           "[auth]\njwt = 3",
                           "[auth]\njwt = [3]",
                           "[auth.jwt]\nname = \"x\"",
                           "[server]\nlisten = \"localhost\"",
                           "[server]\nlisten = \"::1:80\"",
                           "[server]\nlisten = \"127.0.0.1:65536\"",
                           "[server]\npublic_url = \"files.example.com\"",
                           "[server]\npublic_url = \"https://h/path\"",
                           "[server]\nallowed_origins = [\"*\"]",
                           "[server]\nallowed_origins = [\"null\"]",
                           "[store]\nbucket = \"A\"",
                           "[store]\nregion = \"US EAST\"",
                           "[store]\nkind = \"ftp\"",
                           "[catalog]\nurl = \"signpost.db\"",
                           "[catalog]\nurl = \"sqlite:\"",
                           "[delivery]\ninline_types = [\"image\"]",
                           "[delivery]\ninline_types = [\"*/*\"]",
                           "[server]\nlisten = \"\"",
                           "[store]\ndomain = \"a b\""}) {
    EXPECT_THAT(errors_of(text), testing::SizeIs(1)) << text;
  }
}

TEST(Config, SaysWhereTheTextIsNoToml) {
  EXPECT_THAT(errors_of("[server]\nlisten = \n"),
              ElementsAre(HasSubstr("signpost.toml:2: this is")));
  EXPECT_THAT(errors_of("a = 1\na = 2\n"), ElementsAre(HasSubstr("this is not TOML")));
}

TEST(Config, TakesTheAppsCallback) {
  const auto config =
      load_config(file("[auth.callback]\nurl = \"http://127.0.0.1:3000/may\"\ncache = \"3s\"\n"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->callback.url, "http://127.0.0.1:3000/may");
  EXPECT_EQ(config->callback.cache, std::chrono::seconds{3});
  EXPECT_THAT(errors_of("[auth.callback]\nurl = \"ftp://x\"\n"),
              ElementsAre(HasSubstr("no URL that can be called")));
  EXPECT_THAT(errors_of("[auth.callback]\ncache = \"48h\"\nurls = 1\n"), testing::SizeIs(2));
  EXPECT_THAT(errors_of("[auth.callback]\ncache = \"3s\"\n"),
              ElementsAre(HasSubstr("auth.callback.url: is needed")));
}

TEST(Config, AppsThatSayWhoSomebodyIs) {
  const std::string app =
      "[[auth.forward]]\nname = \"rails\"\nurl = \"http://127.0.0.1:3000/whoami\"\n"
      "principal_header = \"X-User\"\n";
  auto config = load_config(file(app + "request_headers = [\"Cookie\"]\ncache = \"3s\"\n"));
  ASSERT_TRUE(config);
  ASSERT_EQ(config->forward.size(), 1u);
  EXPECT_THAT(config->forward[0].request_headers, ElementsAre("Cookie"));
  EXPECT_EQ(config->forward[0].cache, std::chrono::seconds{3});
  EXPECT_THAT(errors_of("[[auth.forward]]\n"), testing::SizeIs(4));
  for (std::string_view bad : {"Host", "content-length", "Transfer-Encoding", "X Y", ""})
    EXPECT_THAT(errors_of(app + "request_headers = [\"" + std::string(bad) + "\"]\n"),
                testing::Contains(HasSubstr("auth.forward[0].request_headers")))
        << bad;
  EXPECT_THAT(
      errors_of(app + "request_headers = [\"X-A\"]\n" + app + "request_headers = [\"X-B\"]\n"),
      ElementsAre(HasSubstr("their users would be the same")));
}

TEST(Config, TakesRules) {
  auto config =
      load_config(file("[[rules]]\nprefix = \"users/{subject}/\"\nissuer = \"local\"\nallow = "
                       "[\"get\", \"put\"]\n"));
  ASSERT_TRUE(config);
  ASSERT_EQ(config->rules.size(), 1u);
  EXPECT_EQ(config->rules[0].prefix, "users/{subject}/");
  EXPECT_EQ(config->rules[0].allow, (std::vector<std::string>{"get", "put"}));
  EXPECT_THAT(errors_of("[[rules]]\n"), testing::SizeIs(3));
  EXPECT_THAT(errors_of("[[rules]]\nprefix = \"users/{subject}\"\nissuer = \"other\"\n"
                        "allow = [\"delete\"]\n"),
              testing::Contains(HasSubstr("ends with '/'")));
}

TEST(Config, RefusesWhatThisVersionWouldIgnore) {
  EXPECT_THAT(errors_of("[[webhooks]]\nurl = \"u\"\n"
                        "[images]\nworkers = 2\nwidths = [64]\n[uploads]\nquota = \"1GiB\"\n"),
              AllOf(testing::SizeIs(4), Each(HasSubstr("not supported by this version yet"))));
  EXPECT_THAT(errors_of("[catalog]\nurl = \"postgresql://u@h/db\"\n"),
              ElementsAre(HasSubstr("not supported by this version yet")));
  EXPECT_THAT(errors_of({"", "", "", {{"SIGNPOST__WEBHOOKS__0__URL", "x"}}, {}}),
              ElementsAre(HasSubstr("not supported by this version yet")));
}

TEST(Config, TakesDefaultsOfWhatItDoesNotSupport) {
  EXPECT_THAT(errors_of("[images]\nwidths = [64, 160, 320, 640, 1280, 2560]\nworkers = 1\n"
                        "max_pixels = 100_000_000\n[uploads]\nmultipart_above = \"64MiB\"\n"
                        "quota = 0\n[server]\ntrusted_proxies = []\n"
                        "[limits]\nrequests_per_second = 0\n"),
              IsEmpty());
}

TEST(Config, EnvironmentWinsOverFileAndOptionsOverBoth) {
  ConfigSources sources = file(
      "[server]\nlisten = \"127.0.0.1:1\"\nthreads = 1\n"
      "allowed_origins = [\"http://a\", \"http://b\"]\n");
  sources.environment = {{"SIGNPOST__SERVER__LISTEN", "127.0.0.1:2"},
                         {"SIGNPOST__SERVER__THREADS", "2"},
                         {"SIGNPOST__SERVER__ALLOWED_ORIGINS__1", "http://c"},
                         {"SIGNPOST__SERVER__ALLOWED_ORIGINS__2", "http://d"},
                         {"SIGNPOST__DELIVERY__ALLOW_OVERRIDE", "false"},
                         {"SIGNPOST__DELIVERY__EXPIRES_IN", "30"},
                         {"SIGNPOST_SERVER", "http://ignored"}};
  sources.options = {{"server.listen", "--listen", "127.0.0.1:3"}};
  const auto config = load_config(sources);
  ASSERT_TRUE(config) << config.error()[0].text();
  EXPECT_EQ(config->server.listen, "127.0.0.1:3");
  EXPECT_EQ(config->server.threads, 2);
  EXPECT_THAT(config->server.allowed_origins, ElementsAre("http://a", "http://c", "http://d"));
  EXPECT_FALSE(config->delivery.allow_override);
  EXPECT_EQ(config->delivery.expires_in.count(), 30);
}

TEST(Config, AnIssuerCanComeFromTheEnvironmentAlone) {
  ConfigSources sources = file("");
  sources.environment = {{"SIGNPOST__AUTH__JWT__0__NAME", "app"},
                         {"SIGNPOST__AUTH__JWT__0__ISSUER", "https://i/"},
                         {"SIGNPOST__AUTH__JWT__0__AUDIENCE", "files"},
                         {"SIGNPOST__AUTH__JWT__0__ALGORITHMS__0", "HS256"},
                         {"SIGNPOST__AUTH__JWT__0__SECRET", good_secret}};
  const auto config = load_config(sources);
  ASSERT_TRUE(config) << config.error()[0].text();
  ASSERT_EQ(config->jwt.size(), 1u);
  EXPECT_EQ(config->jwt[0].secret.reveal(), good_secret);
  EXPECT_THAT(config->jwt[0].algorithms, ElementsAre("HS256"));
}

TEST(Config, NamesTheVariableOrOptionThatIsWrong) {
  ConfigSources sources = file("");
  sources.environment = {{"SIGNPOST__SERVER__LISTN", "x"},
                         {"SIGNPOST__SERVER__THREADS", "many"},
                         {"SIGNPOST__SERVER__ALLOWED_ORIGINS", "http://a"},
                         {"SIGNPOST__STORE__REGION__0", "x"},
                         {"SIGNPOST__AUTH__JWT__1__NAME", "x"}};
  sources.options = {{"store.listen", "--store-listen", "nowhere"}};
  EXPECT_THAT(
      errors_of(sources),
      testing::UnorderedElementsAre(
          AllOf(HasSubstr("SIGNPOST__SERVER__LISTN: server.listn"), HasSubstr("\"listen\"?")),
          "SIGNPOST__SERVER__THREADS: server.threads: must be an integer, and is a text",
          HasSubstr("set SIGNPOST__SERVER__ALLOWED_ORIGINS__0"),
          HasSubstr("SIGNPOST__STORE__REGION__0: store.region[0]: unknown setting"),
          HasSubstr("there is no element 0 before it"),
          HasSubstr("--store-listen: store.listen: \"nowhere\" is no listen address")));
}

TEST(Config, ReadsSecretsFromFiles) {
  temporary("hs256.secret", good_secret + "\n");
  auto config = load_config(file(jwt_with_secret("secret_file = \"hs256.secret\"")));
  ASSERT_TRUE(config) << config.error()[0].text();
  EXPECT_EQ(config->jwt[0].secret.reveal(), good_secret);

  temporary("empty.secret", "");
  for (const char* name : {"missing.secret", "empty.secret", "."}) {
    EXPECT_THAT(errors_of(jwt_with_secret("secret_file = \"" + std::string(name) + "\"")),
                ElementsAre(HasSubstr("cannot read a secret from")));
  }
  EXPECT_THAT(errors_of(jwt_with_secret("secret_file = \"hs256.secret\"\nsecret = \"x\"")),
              ElementsAre(HasSubstr("is given twice")));
}

TEST(Config, NoErrorRepeatsASecret) {
  for (const std::string& line :
       {std::string("secret = \"tooshortsecret\""), std::string("secert = \"tooshortsecret\""),
        std::string("secret = \"tooshortsecret\"\nsecret_file = \"missing\"")}) {
    const auto errors = errors_of(jwt_with_secret(line));
    EXPECT_THAT(errors, testing::Not(IsEmpty()));
    EXPECT_THAT(errors, Each(testing::Not(HasSubstr("tooshortsecret"))));
  }
}

TEST(Config, RefusesWeakSecrets) {
  EXPECT_THAT(errors_of(jwt_with_secret("secret = \"0123456789012345678901234567890\"")),
              ElementsAre(HasSubstr("has 31 bytes")));
  EXPECT_THAT(errors_of(jwt_with_secret("secret = \"a-string-secret-at-least-256-bits-long\"")),
              ElementsAre(HasSubstr("well-known")));
  EXPECT_THAT(errors_of(jwt_with_secret("secret = \"" + std::string(64, 'x') + "\"")),
              ElementsAre(HasSubstr("well-known or trivial")));
  const std::string store =
      "[store]\nkind = \"s3\"\naccess_key_id = \"minioadmin\"\nsecret_access_key = "
      "\"minioadmin\"\n";
  EXPECT_THAT(errors_of(store + "[server]\nlisten = \"0.0.0.0:80\"\npublic_url = \"https://a\"\n"),
              ElementsAre(HasSubstr("well-known default")));
  const auto local = load_config(file(store));
  ASSERT_TRUE(local);
  EXPECT_THAT(local->warnings, ElementsAre(HasSubstr("well-known default")));
}

TEST(Config, WhatOthersCanReachNeedsItsPublicNames) {
  EXPECT_THAT(errors_of("[server]\nlisten = \"0.0.0.0:8080\"\n"),
              ElementsAre(AllOf(HasSubstr("server.public_url"), HasSubstr("is needed")),
                          AllOf(HasSubstr("store.public_endpoint"), HasSubstr("is needed"))));
  EXPECT_THAT(errors_of("[store]\nlisten = \"[::]:9000\"\n"), testing::SizeIs(2));
  EXPECT_THAT(errors_of("[server]\nlisten = \"[::1]:8080\"\n"), IsEmpty());
  EXPECT_THAT(errors_of("[server]\nlisten = \"0.0.0.0:8080\"\npublic_url = \"https://a.example\"\n"
                        "[store]\npublic_endpoint = \"https://b.example\"\n"),
              IsEmpty());
  EXPECT_THAT(errors_of("[server]\npublic_url = \"https://a.example\"\n"
                        "[store]\npublic_endpoint = \"https://A.example/\"\n"),
              ElementsAre(HasSubstr("a host of their own")));
}

TEST(Config, IssuersNeedKeysThatFitTheirAlgorithms) {
  const std::string head = "[[auth.jwt]]\nname = \"app\"\nissuer = \"i\"\naudience = \"a\"\n";
  EXPECT_THAT(errors_of(head + "algorithms = [\"RS256\"]\n"),
              ElementsAre(HasSubstr("auth.jwt[0].jwks_url: is needed")));
  EXPECT_THAT(errors_of(head + "algorithms = [\"RS256\", \"HS256\"]\njwks_file = \"k\"\n"),
              ElementsAre(HasSubstr("cannot stand beside")));
  EXPECT_THAT(errors_of(head + "algorithms = [\"none\"]\n"),
              ElementsAre(HasSubstr("\"none\" is none of")));
  const std::string by_url = head + "algorithms = [\"RS256\"]\njwks_url = ";
  EXPECT_THAT(errors_of(by_url + "\"https://i/keys\"\n"), IsEmpty());
  for (std::string_view bad : {"\"\"", "\"i/keys\"", "\"ftp://i/\"", "\"https://u@i/\"", "7"})
    EXPECT_THAT(errors_of(by_url + std::string(bad) + "\n"), testing::SizeIs(1)) << bad;
  EXPECT_THAT(errors_of(by_url + "\"https://i/keys\"\njwks_file = \"k\"\n"),
              ElementsAre(HasSubstr("jwks_file: cannot stand beside jwks_url")));
  EXPECT_THAT(errors_of(jwt_with_secret("secret = \"" + good_secret + "\"") +
                        "jwks_url = \"https://i/keys\"\n"),
              ElementsAre(HasSubstr("has no use with HS256")));
  EXPECT_THAT(load_config(file(by_url + "\"http://127.0.0.1/k\"\n"))->warnings, IsEmpty());
  EXPECT_THAT(load_config(file(by_url + "\"http://i/keys\"\n"))->warnings,
              ElementsAre(HasSubstr("whoever is on the way")));
  EXPECT_THAT(errors_of(head), ElementsAre(HasSubstr("algorithms: is needed")));
  EXPECT_THAT(errors_of("[[auth.jwt]]\nname = \"local\"\n"),
              ElementsAre(HasSubstr("the gateway's own accounts")));
  const std::string full = jwt_with_secret("secret = \"" + good_secret + "\"");
  EXPECT_THAT(errors_of(full + full), testing::SizeIs(2));
}

TEST(Config, RulesBetweenOtherSettings) {
  EXPECT_THAT(errors_of("[server]\ntls_key = \"k\"\n"),
              ElementsAre(HasSubstr("only of use together")));
  EXPECT_THAT(
      errors_of("[delivery]\nexpires_in = \"2h\"\nmax_expires_in = \"1h\"\n"),
      ElementsAre("signpost.toml:2: delivery.expires_in: 7200s is more than max_expires_in, "
                  "3600s"));
  EXPECT_THAT(errors_of("[store]\naccess_key_id = \"x\"\n"),
              ElementsAre(HasSubstr("kind = \"s3\"")));
  EXPECT_THAT(errors_of("[store]\nkind = \"s3\"\naccess_key_id = \"x\"\n"),
              ElementsAre(HasSubstr("only of use together")));
}

// The example is what people copy: it must be right, and show every setting there is.
TEST(Config, TheExampleIsValidAndComplete) {
  std::ifstream stream(SIGNPOST_SOURCE_DIR "/docs/signpost.example.toml");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_FALSE(text.empty());
  EXPECT_THAT(errors_of(text), IsEmpty());
  // Commented-out settings are read too: "#name = value" has no blank after its '#'.
  std::string all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    all += (line.starts_with('#') && !line.starts_with("# ") ? line.substr(1) : line) + "\n";
  }
  for (const std::string& error : errors_of(all)) {
    EXPECT_THAT(error, testing::Not(HasSubstr("unknown setting")));
    EXPECT_THAT(error, testing::Not(HasSubstr("this is not TOML")));
  }
  for (const Setting& setting : all_settings()) {
    const std::string_view path = setting.path;
    const std::string_view name = path.substr(path.rfind('.') + 1);
    EXPECT_THAT(all, HasSubstr(std::string(name))) << path;
  }
}

TEST(Config, EverySettingStandsOnceInTheSchema) {
  std::set<std::string_view> seen;
  for (const Setting& setting : all_settings()) EXPECT_TRUE(seen.insert(setting.path).second);
}

}  // namespace
}  // namespace signpost::app

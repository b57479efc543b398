#include "gateway/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "base/ascii.hpp"
#include "gateway/csrf.hpp"
#include "gateway/openapi.hpp"

namespace signpost::gateway {
namespace {

namespace json = boost::json;

std::string matched(std::string_view method, std::string_view path, bool is_page = false) {
  auto match = match_route(method, path, is_page);
  if (!match) return match.error().allow.empty() ? "none" : "allow " + match.error().allow;
  return std::string(match->route->method) + " " + std::string(match->route->pattern);
}

TEST(Routes, MatchPaths) {
  EXPECT_EQ(matched("GET", "/healthz"), "GET /healthz");
  EXPECT_EQ(matched("HEAD", "/files/abc"), "GET /files/{id}");
  EXPECT_EQ(matched("GET", "/files/abc/photo.jpg"), "GET /files/{id}/{name}");
  EXPECT_EQ(matched("PUT", "/v1/files/abc/content"), "PUT /v1/files/{id}/content");
  EXPECT_EQ(matched("GET", "/v1/files/abc/content"), "GET /v1/files/{id}/content");
  auto match = match_route("GET", "/files/a%2Fb/c", false);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->path.get("id"), "a/b");
  EXPECT_EQ(match->path.get("name"), "c");
}

TEST(Routes, UnknownPathsAreNone) {
  for (const char* path : {"/", "/nothing", "/v1", "/v1/", "/v1/files/", "/v1/files/a/", "/files",
                           "/files/", "/files//x", "/files/a/b/c", "/V1/files", "/v1/%66iles",
                           "//healthz", "/healthz/", "/v1/nothing", "/v1/files/a%zz", "*", ""})
    EXPECT_EQ(matched("GET", path), "none") << path;
}

TEST(Routes, WrongMethodsNameTheRightOnes) {
  EXPECT_EQ(matched("DELETE", "/v1/files"), "allow POST, GET, HEAD, OPTIONS");
  EXPECT_EQ(matched("POST", "/files/a"), "allow GET, HEAD, OPTIONS");
  EXPECT_EQ(matched("get", "/files/a"), "allow GET, HEAD, OPTIONS");
  EXPECT_EQ(matched("GET", "/v1/files/a/complete"), "allow POST, OPTIONS");
}

TEST(Routes, PageFilesAreFoundOnlyWhereThePageHasThem) {
  EXPECT_EQ(matched("GET", "/", true), "GET /{page}");
  EXPECT_EQ(matched("POST", "/page.js", true), "allow GET, HEAD, OPTIONS");
  EXPECT_EQ(matched("GET", "/healthz", false), "GET /healthz");
}

TEST(Routes, UnsafeMethodsAreGuardedAgainstOtherSites) {
  for (const Route& route : routes()) {
    if (is_safe_method(route.method)) {
      EXPECT_EQ(route.csrf, Csrf::none) << route.pattern;
      EXPECT_EQ(route.body, Body::none) << route.pattern;
    } else {
      EXPECT_NE(route.csrf, Csrf::none) << route.pattern;
      EXPECT_EQ(route.needs_caller(), route.csrf == Csrf::by_cookie) << route.pattern;
    }
  }
}

TEST(Routes, OnlyTheseNeedNoCredential) {
  std::set<std::string> open;
  for (const Route& route : routes())
    if (!route.asks_for_caller())
      open.insert(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_THAT(open, testing::ElementsAre("GET /healthz", "GET /metrics", "GET /openapi.json",
                                         "GET /readyz", "GET /{page}", "POST /v1/session"));
}

// What its owner may have opened to anyone: reading, and nothing else.
TEST(Routes, OnlyTheseTakeACredentialAndDoWithout) {
  std::set<std::string> either;
  for (const Route& route : routes())
    if (route.asks_for_caller() && !route.needs_caller())
      either.insert(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_THAT(either,
              testing::ElementsAre("GET /files/{id}", "GET /files/{id}/{name}",
                                   "GET /v1/albums/{id}", "GET /v1/files", "GET /v1/files/{id}",
                                   "GET /v1/files/{id}/content", "GET /v1/files/{id}/url"));
}

TEST(Routes, NameAScopeWhereACredentialCounts) {
  for (const Route& route : routes()) {
    bool any_token_does = route.pattern == "/v1/session";
    EXPECT_EQ(route.scope.has_value(), route.asks_for_caller() && !any_token_does) << route.pattern;
    bool reads = route.pattern == "/v1/urls";  // a POST for the length of its list alone
    if (route.scope && !is_safe_method(route.method) && !reads)
      EXPECT_NE(route.scope, domain::Scope::read) << route.pattern << ": reading changes nothing";
  }
}

std::set<std::string> documented() {
  std::set<std::string> out;
  json::value document = json::parse(openapi_document());
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      if (operation.key() == "parameters" || operation.key().starts_with("x-")) continue;
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
      if (method != "HEAD") out.insert(method + " " + std::string(path.key()));
    }
  }
  return out;
}

TEST(Routes, AndOpenapiAgreeBothWays) {
  std::set<std::string> served;
  for (const Route& route : routes())
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_EQ(documented(), served);
  EXPECT_EQ(served.size(), routes().size()) << "a route is in the table twice";
}

TEST(Routes, AndOpenapiAgreeOnCredentialsAndParameters) {
  json::value document = json::parse(openapi_document());
  for (const Route& route : routes()) {
    const json::object& path = document.at("paths").at(std::string(route.pattern)).as_object();
    const json::object& operation = path.at(to_lower(route.method)).as_object();
    // An operation without `security` has the document's: a credential is needed.
    EXPECT_EQ(route.needs_caller(), !operation.contains("security")) << route.pattern;
    EXPECT_EQ(route.body != Body::none, operation.contains("requestBody")) << route.pattern;
    if (route.asks_for_caller())
      EXPECT_TRUE(operation.at("responses").as_object().contains("401")) << route.pattern;
    if (route.csrf == Csrf::by_cookie || route.scope)
      EXPECT_TRUE(operation.at("responses").as_object().contains("403")) << route.pattern;
  }
}

}  // namespace
}  // namespace signpost::gateway

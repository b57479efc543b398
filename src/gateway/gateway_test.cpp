#include "gateway/gateway_fixture.hpp"

namespace signpost::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(GatewayTest, ServesHealthAndItsDescription) {
  EXPECT_EQ(call("GET", "/healthz").status(), 200u);
  Reply ready = call("GET", "/readyz");
  EXPECT_EQ(ready.status(), 503u);
  EXPECT_EQ(ready.object().at("store").as_string(), "http://127.0.0.1:1");
  EXPECT_EQ(ready.object().at("catalog").as_string(), "ok");
  EXPECT_EQ(call("GET", "/openapi.json").object().at("openapi").as_string(), "3.1.0");
}

TEST_F(GatewayTest, AnswersUnknownPathsAndMethodsWithProblems) {
  Reply unknown = call("GET", "/v1/nothing");
  EXPECT_EQ(unknown.status(), 404u);
  EXPECT_EQ(unknown.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(unknown.code(), "not_found");
  Reply wrong = call("DELETE", "/v1/files");
  EXPECT_EQ(wrong.status(), 405u);
  EXPECT_EQ(wrong.field("Allow"), "POST, GET, HEAD, OPTIONS");
}

TEST_F(GatewayTest, PrivateThingsNeedACredentialWhetherTheyExistOrNot) {
  add_file("there", "ann");
  for (const char* target : {"/files/there", "/files/missing", "/v1/files/there", "/v1/files",
                             "/v1/files/missing/url", "/v1/session", "/v1/files?limit=x"}) {
    Reply reply = call("GET", target);
    EXPECT_EQ(reply.status(), 401u) << target;
    EXPECT_EQ(reply.code(), "credential_needed");
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("Bearer"));
  }
}

TEST_F(GatewayTest, WhatBelongsToOthersLooksLikeWhatDoesNotExist) {
  add_file("anns", "ann");
  for (const char* target : {"/files/", "/v1/files/"}) {
    Reply others = call("GET", target + std::string("anns"), bearer("bob"));
    Reply missing = call("GET", target + std::string("missing"), bearer("bob"));
    EXPECT_EQ(others.status(), 404u);
    EXPECT_EQ(others.status(), missing.status());
    EXPECT_EQ(others.body, missing.body);
  }
  EXPECT_EQ(call("DELETE", "/v1/files/anns", bearer("bob")).status(), 404u);
  EXPECT_EQ(call("GET", "/v1/files/anns", bearer("ann")).status(), 200u);
}

TEST_F(GatewayTest, SignsInAndOut) {
  std::string cookie = sign_in();
  EXPECT_THAT(cookie, ::testing::StartsWith("signpost_session="));
  Reply who = call("GET", "/v1/session", {{"Cookie", cookie}});
  EXPECT_EQ(who.status(), 200u);
  EXPECT_EQ(who.object().at("principal").as_string(), "user:local:admin");
  EXPECT_TRUE(who.object().at("admin").as_bool());
  Reply out = call("DELETE", "/v1/session", {{"Cookie", cookie}, {"Origin", own_origin()}});
  EXPECT_EQ(out.status(), 204u);
  EXPECT_THAT(out.field("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", cookie}}).status(), 401u);
  EXPECT_EQ(call("GET", "/files/x", {{"Cookie", cookie}}).status(), 401u);
}

TEST_F(GatewayTest, SignInRefusesWrongCredentialsAlike) {
  Reply wrong = post_json("/v1/session", R"({"username":"admin","password":"x"})", {});
  Reply nobody = post_json("/v1/session", R"({"username":"nobody","password":"x"})", {});
  EXPECT_EQ(wrong.status(), 401u);
  EXPECT_EQ(wrong.body, nobody.body);
  EXPECT_EQ(wrong.field("Set-Cookie"), "(absent)");
  for (const char* body : {"", "{", "[]", R"({"username":"admin"})",
                           R"({"username":"admin","password":"x","admin":true})",
                           R"({"username":"admin","username":"b","password":"x"})"})
    EXPECT_EQ(post_json("/v1/session", body, {}).status(), 400u) << body;
  EXPECT_EQ(post_json("/v1/session", "{}", {{"Origin", "https://evil"}}).status(), 403u);
  EXPECT_EQ(call("POST", "/v1/session", {{"Content-Type", "text/plain"}}, "{}").status(), 415u);
}

TEST_F(GatewayTest, SigningInEndsTheSessionThatWasBroughtAlong) {
  std::string old = sign_in();
  Reply again = post_json("/v1/session", R"({"username":"admin","password":"correct horse"})",
                          {{"Cookie", old}});
  EXPECT_EQ(again.status(), 200u);
  EXPECT_THAT(again.field("Set-Cookie"), Not(HasSubstr(old)));
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", old}}).status(), 401u);
}

TEST_F(GatewayTest, ATokenBecomesASessionThatEndsWithIt) {
  Reply reply = call("POST", "/v1/session", bearer("ann"));
  EXPECT_EQ(reply.status(), 200u);
  EXPECT_EQ(reply.object().at("expires_at").as_string(), "2026-11-24T13:00:00Z");
  EXPECT_THAT(reply.field("Set-Cookie"), HasSubstr("Max-Age=3600; HttpOnly; SameSite=Lax"));
  EXPECT_EQ(call("POST", "/v1/session", {{"Authorization", "Bearer x.y.z"}}).status(), 401u);
}

TEST_F(GatewayTest, BadAndConflictingCredentialsAreRefused) {
  std::string cookie = sign_in();
  for (const char* value : {"Bearer", "Bearer x", "Basic YTpi", "Bearer sgn_abc", "Token x"})
    EXPECT_EQ(call("GET", "/v1/session", {{"Authorization", value}, {"Cookie", cookie}}).code(),
              "bad_credential")
        << value;
  EXPECT_EQ(call("GET", "/v1/session", {{"Cookie", "signpost_session=made-up"}}).status(), 401u);
  EXPECT_EQ(call("GET", "/v1/session?access_token=" + token_of("ann")).status(), 401u);

  Fields both = bearer("ann");
  both.emplace_back("Cookie", cookie);
  EXPECT_EQ(call("GET", "/v1/session", both).status(), 400u);
  Fields same = bearer("ann");
  same.emplace_back("Cookie", "app_session=" + token_of("ann"));
  EXPECT_EQ(call("GET", "/v1/session", same).status(), 200u);
  // Where none is needed, a bad one does not matter.
  EXPECT_EQ(call("GET", "/healthz", {{"Authorization", "Bearer x"}}).status(), 200u);
}

TEST_F(GatewayTest, CookiesAloneDoNotActForOtherSites) {
  add_file("mine", "ann");
  std::string cookie = "app_session=" + token_of("ann");
  for (Fields fields : {Fields{}, Fields{{"Origin", "https://evil"}}, Fields{{"Origin", "null"}},
                        Fields{{"Sec-Fetch-Site", "cross-site"}}}) {
    fields.emplace_back("Cookie", cookie);
    EXPECT_EQ(call("DELETE", "/v1/files/mine", fields).status(), 403u);
    EXPECT_EQ(post_json("/v1/files", R"({"name":"a","size":1})", fields).status(), 403u);
  }
  Reply plain = call("POST", "/v1/files",
                     {{"Cookie", cookie}, {"Origin", own_origin()}, {"Content-Type", "text/plain"}},
                     R"({"name":"a","size":1})");
  EXPECT_EQ(plain.status(), 403u);
  EXPECT_EQ(call("GET", "/v1/files/mine", {{"Cookie", cookie}}).status(), 200u);
  Reply allowed = post_json("/v1/files", R"({"name":"a","size":1})",
                            {{"Cookie", cookie}, {"Origin", "https://app.example"}});
  EXPECT_EQ(allowed.status(), 201u);
  EXPECT_EQ(allowed.field("Access-Control-Allow-Origin"), "https://app.example");
}

}  // namespace
}  // namespace signpost::gateway

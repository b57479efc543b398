#include "gateway/gateway_fixture.hpp"

namespace signpost::gateway {
namespace {

using ::testing::HasSubstr;

TEST_F(GatewayTest, AnUploadUrlGrantsOneObjectOfThatSizeAndType) {
  std::string sha256(64, 'A');
  Reply reply = post_json("/v1/files",
                          R"({"name":"a/b\\photo.jpg","content_type":"image/jpeg","size":1234,)"
                          R"("id":"my-photo","metadata":{"k":"v"},"sha256":")" +
                              sha256 + "\"}",
                          bearer("ann"));
  ASSERT_EQ(reply.status(), 201u) << reply.body;
  EXPECT_EQ(reply.field("Location"), "/v1/files/my-photo");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  json::object body = reply.object();
  const json::object& file = body.at("file").as_object();
  EXPECT_EQ(file.at("name").as_string(), "photo.jpg");
  EXPECT_EQ(file.at("state").as_string(), "pending");
  EXPECT_EQ(file.at("owner").as_string(), "user:app:ann");
  EXPECT_EQ(file.at("sha256").as_string(), std::string(64, 'a'));
  EXPECT_TRUE(file.at("width").is_null());
  const json::object& upload = body.at("upload").as_object();
  std::string url(upload.at("url").as_string());
  EXPECT_THAT(url, ::testing::StartsWith("https://content.example/photos/files/"));
  EXPECT_THAT(url, HasSubstr("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3B"
                             "if-none-match%3Bx-amz-checksum-sha256"));
  const json::object& headers = upload.at("headers").as_object();
  EXPECT_EQ(headers.size(), 3u);
  EXPECT_EQ(headers.at("content-type").as_string(), "image/jpeg");
  EXPECT_EQ(headers.at("if-none-match").as_string(), "*");
  EXPECT_TRUE(headers.contains("x-amz-checksum-sha256"));

  Reply taken = post_json("/v1/files", R"({"name":"b","size":1,"id":"my-photo"})", bearer("bob"));
  EXPECT_EQ(taken.status(), 409u);
}

TEST_F(GatewayTest, BadDeclarationsChangeNothing) {
  struct Case {
    const char* body;
    unsigned status;
  };
  for (const Case& c : {Case{R"({"size":1})", 400},
                        Case{R"({"name":"a"})", 400},
                        Case{R"({"name":"a","size":-1})", 400},
                        Case{R"({"name":"a","size":1,"status":"ready"})", 400},
                        Case{R"({"name":"a","size":1,"object":{"bucket":"b","key":"k"}})", 422},
                        Case{R"({"object":{"bucket":"photos","key":"k"}})", 403},
                        Case{R"({"object":{"bucket":"photos"}})", 400},
                        Case{R"({"object":{"bucket":"photos","key":"k","etag":"x"}})", 400},
                        Case{R"({"object":{"bucket":"photos","key":""}})", 400},
                        Case{R"({"object":{"bucket":"photos","key":"staging/x"}})", 422},
                        Case{R"({"object":"k"})", 400},
                        Case{R"({"name":"a","size":1,"content_type":"*/*"})", 400},
                        Case{R"({"name":"a","size":1,"content_type":"a/b\r\nX: y"})", 400},
                        Case{R"({"name":"a","size":1,"sha256":"zz"})", 400},
                        Case{R"({"name":"a","size":1,"id":"../x"})", 400},
                        Case{R"({"name":"a","size":1,"id":"1 OR 1=1"})", 400},
                        Case{R"({"name":"a","size":1,"owner":"root"})", 400},
                        Case{R"({"name":"a","size":1,"owner":"user:app:bob"})", 403},
                        Case{R"({"name":"a","size":5368709121})", 422},
                        Case{R"({"name":"a","size":1,"upload_type":"post"})", 422},
                        Case{R"({"name":"a","size":1,"upload_type":"ftp"})", 400},
                        Case{R"({"name":"a","size":1,"metadata":{"k":"a\r\nb"}})", 400}})
    EXPECT_EQ(post_json("/v1/files", c.body, bearer("ann")).status(), c.status) << c.body;
  EXPECT_EQ(call("GET", "/v1/files", bearer("ann")).object().at("items").as_array().size(), 0u);
}

TEST_F(GatewayTest, AdminsMakeEntriesForOthersAndReadNone) {
  Fields admin{{"Authorization", "Bearer " + token_of("root", R"(["file-admins"])")}};
  Reply made =
      post_json("/v1/files", R"({"name":"a","size":1,"id":"x","owner":"user:app:ann"})", admin);
  EXPECT_EQ(made.status(), 201u) << made.body;
  add_file("anns", "ann");
  EXPECT_EQ(call("GET", "/v1/files/anns", admin).status(), 404u);
  EXPECT_EQ(call("GET", "/v1/files/x", bearer("ann")).status(), 200u);
}

TEST_F(GatewayTest, ListsByPagesWhoseCursorsAreSealed) {
  for (const char* id : {"a", "b", "c"}) add_file(id, "ann", std::string(id) + ".jpg");
  Reply first = call("GET", "/v1/files?limit=2&sort=name", bearer("ann"));
  ASSERT_EQ(first.status(), 200u) << first.body;
  json::object page = first.object();
  EXPECT_EQ(page.at("items").as_array().size(), 2u);
  std::string cursor(page.at("next_cursor").as_string());
  json::object last =
      call("GET", "/v1/files?limit=2&sort=name&cursor=" + cursor, bearer("ann")).object();
  ASSERT_EQ(last.at("items").as_array().size(), 1u);
  EXPECT_EQ(last.at("items").as_array()[0].as_object().at("id").as_string(), "c");
  EXPECT_TRUE(last.at("next_cursor").is_null());

  EXPECT_EQ(call("GET", "/v1/files?limit=2&sort=name&cursor=" + cursor, bearer("bob")).status(),
            400u);
  for (const char* query : {"limit=0", "limit=1001", "limit=-1", "limit=x", "sort=owner",
                            "sort=name;drop", "cursor=x", "limit=1&limit=2", "page=2", "q=%zz"})
    EXPECT_EQ(call("GET", std::string("/v1/files?") + query, bearer("ann")).status(), 400u)
        << query;
}

TEST_F(GatewayTest, PatchesWhatMayBePatched) {
  add_file("mine", "ann");
  Fields fields = bearer("ann");
  fields.emplace_back("Content-Type", "application/json");
  ASSERT_EQ(post_json("/v1/albums", R"({"name":"h","id":"holiday"})", bearer("ann")).status(),
            201u);
  Reply reply = call("PATCH", "/v1/files/mine", fields, R"({"name":"new.jpg","album":"holiday"})");
  ASSERT_EQ(reply.status(), 200u) << reply.body;
  EXPECT_EQ(reply.object().at("name").as_string(), "new.jpg");
  EXPECT_EQ(reply.object().at("album").as_string(), "holiday");
  Reply cleared = call("PATCH", "/v1/files/mine", fields, R"({"album":null})");
  EXPECT_TRUE(cleared.object().at("album").is_null());
  for (const char* body : {R"({"owner":"user:app:bob"})", R"({"size":1})", R"({"name":null})",
                           R"({"state":"ready"})", R"({"name":""})"})
    EXPECT_EQ(call("PATCH", "/v1/files/mine", fields, body).status(), 400u) << body;
}

TEST_F(GatewayTest, RedirectsToAUrlThatPinsWhatABrowserDoes) {
  add_file("page", "ann", "na\u00efve.html", "text/html");
  Reply reply = call("GET", "/files/page?disposition=inline", bearer("ann"));
  EXPECT_EQ(reply.status(), 302u);
  std::string url = reply.field("Location");
  EXPECT_THAT(url, ::testing::StartsWith("https://content.example/photos/files/page?"));
  EXPECT_THAT(url, HasSubstr("response-content-type=text%2Fhtml"));
  EXPECT_THAT(url, HasSubstr("response-content-disposition=attachment%3B%20filename%3D"));
  EXPECT_THAT(url, HasSubstr("response-cache-control=private%2C%20max-age%3D240"));
  EXPECT_THAT(url, HasSubstr("X-Amz-Expires=240"));
  EXPECT_THAT(reply.field("Cache-Control"), ::testing::StartsWith("private, max-age="));
  EXPECT_THAT(reply.field("Vary"), HasSubstr("Cookie, Authorization"));
  EXPECT_EQ(reply.field("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(reply.field("Set-Cookie"), "(absent)");
  EXPECT_EQ(call("GET", "/files/page", bearer("ann")).field("Location"),
            call("GET", "/files/page", bearer("ann")).field("Location"));
  Reply head = call("HEAD", "/files/page", bearer("ann"));
  EXPECT_EQ(head.status(), 302u);
  EXPECT_NE(head.field("Location"), url);
}

TEST_F(GatewayTest, GivesUrlsAsJson) {
  add_file("mine", "ann");
  Reply reply = call("GET", "/v1/files/mine/url?expires_in=2s&method=head", bearer("ann"));
  ASSERT_EQ(reply.status(), 200u) << reply.body;
  EXPECT_EQ(reply.object().at("method").as_string(), "HEAD");
  EXPECT_EQ(reply.object().at("expires_at").as_string(), "2026-11-24T12:00:02Z");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  // What ends sooner wins: the token.
  Reply capped = call("GET", "/v1/files/mine/url?expires_in=7d", bearer("ann"));
  EXPECT_EQ(capped.object().at("expires_at").as_string(), "2026-11-24T13:00:00Z");
  for (const char* query :
       {"expires_in=0", "expires_in=-1", "expires_in=x", "expires_in=", "method=put",
        "disposition=none", "width=100", "expires_in=1&expires_in=2"})
    EXPECT_EQ(call("GET", std::string("/v1/files/mine/url?") + query, bearer("ann")).status(), 400u)
        << query;
}

TEST_F(GatewayTest, ConditionalsAndRangesOfTheProxyNeedNoStore) {
  add_file("mine", "ann", "photo.svg", "image/svg+xml");
  auto get = [&](std::string name, std::string value, std::string method = "GET") {
    Fields fields = bearer("ann");
    fields.emplace_back(std::move(name), std::move(value));
    return call(std::move(method), "/files/mine?delivery=proxy", fields);
  };
  Reply same = get("If-None-Match", "\"abc123\"");
  EXPECT_EQ(same.status(), 304u);
  EXPECT_EQ(same.field("ETag"), "\"abc123\"");
  EXPECT_EQ(get("If-Match", "\"other\"").status(), 412u);
  Reply outside = get("Range", "bytes=1000-");
  EXPECT_EQ(outside.status(), 416u);
  EXPECT_EQ(outside.field("Content-Range"), "bytes */1000");
  Reply head = get("Range", "bytes=0-1", "HEAD");
  EXPECT_EQ(head.status(), 200u);
  EXPECT_EQ(head.field("Content-Length"), "1000");
  EXPECT_EQ(head.field("Content-Type"), "application/octet-stream");
  EXPECT_THAT(head.field("Content-Disposition"), ::testing::StartsWith("attachment"));
  EXPECT_THAT(head.field("Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_EQ(head.field("Cache-Control"), "private, no-cache");
  EXPECT_EQ(head.field("X-Content-Type-Options"), "nosniff");
  // The store is not there.
  EXPECT_EQ(get("Range", "bytes=0-1").status(), 502u);
  EXPECT_EQ(get("Range", "bytes=0-1").code(), "store_unreachable");
  EXPECT_EQ(call("GET", "/files/mine?delivery=pigeon", bearer("ann")).status(), 400u);
}

TEST_F(GatewayTest, DeletingSurvivesAStoreThatIsDown) {
  add_file("mine", "ann");
  EXPECT_EQ(call("DELETE", "/v1/files/mine", bearer("ann")).status(), 204u);
  EXPECT_EQ(call("GET", "/v1/files/mine", bearer("ann")).status(), 404u);
  ASSERT_EQ(catalog_.doomed_objects("photos", 10).size(), 1u);
  EXPECT_EQ(catalog_.doomed_objects("photos", 10)[0].key, "files/mine");
}

TEST_F(GatewayTest, PreflightsGrantAllowedOriginsAlone) {
  Reply granted =
      call("OPTIONS", "/v1/files",
           {{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(granted.status(), 204u);
  EXPECT_THAT(granted.field("Access-Control-Allow-Methods"), HasSubstr("POST"));
  Reply refused = call("OPTIONS", "/v1/files",
                       {{"Origin", "https://evil"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(refused.field("Access-Control-Allow-Origin"), "(absent)");
  EXPECT_EQ(refused.field("Vary"), "Origin");
}

TEST_F(GatewayTest, GetChangesNothing) {
  EXPECT_EQ(call("GET", "/v1/files/x/complete", bearer("ann")).status(), 405u);
  Reply put = call("PUT", "/v1/files/none/content", bearer("ann"), "abc");
  EXPECT_EQ(put.status(), 404u);
}

}  // namespace
}  // namespace signpost::gateway

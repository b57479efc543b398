#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.hpp"
#include "domain/catalog.hpp"

// What every implementation of domain::Catalog must do. A _test.cpp gives a type with
//     std::unique_ptr<domain::Catalog> open();   // each time on the same data, empty at first
// and says INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CatalogContract, ThatType).
namespace signpost::testing {

using namespace domain;

inline UnixSeconds at(long long seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}
inline FileId file_id(std::string_view text) {
  return *FileId::parse(text);
}
inline AlbumId album_id(std::string_view text) {
  return *AlbumId::parse(text);
}

template <class Store>
class CatalogContract : public ::testing::Test {
 protected:
  void reopen() {
    catalog.reset();
    catalog = store.open();
  }
  File file(std::string_view id, long long created = 1000) const {
    return {.id = file_id(id),
            .name = "plan.pdf",
            .content_type = *MediaType::parse("application/pdf"),
            .size = 5,
            .sha256 = std::string(64, 'a'),
            .owner = ann,
            .created_by = bob,
            .metadata = {{"k", "v"}, {"", ""}, {std::string("n\0ul", 4), std::string("\0", 1)}},
            .width = 3,
            .height = 4'000'000'000,
            .created_at = at(created),
            .updated_at = at(created),
            .object = {"bucket", "objects/" + std::string(id)},
            .upload = Upload{UploadType::put, "staging/" + std::string(id), at(created + 60)}};
  }
  Album album(std::string_view id) const {
    return {.id = album_id(id),
            .name = "Album " + std::string(id),
            .owner = ann,
            .created_at = at(3),
            .updated_at = at(4)};
  }
  static FileCompletion completion() {
    return {.size = 7,
            .content_type = *MediaType::parse("image/png"),
            .sha256 = std::string(64, 'b'),
            .etag = "e1"};
  }
  // The ids of all pages, and how many pages there were.
  std::pair<std::vector<std::string>, int> walk(FileQuery query) {
    std::vector<std::string> ids;
    for (int pages = 1; pages < 100; ++pages) {
      auto page = catalog->list_files(query);
      if (!page) throw std::runtime_error("the catalog does not take its own position");
      EXPECT_LE(page->items.size(), query.limit);
      for (const File& f : page->items) ids.push_back(f.id.text());
      if (!page->next) return {ids, pages};
      query.after = page->next;
    }
    throw std::runtime_error("a list without an end");
  }
  std::vector<std::string> ids(const FileQuery& query) { return walk(query).first; }

  Store store;
  std::unique_ptr<Catalog> catalog = store.open();
  const Principal ann = *Principal::user("local", "ann");
  const Principal bob = *Principal::user("app", "bob");
};

TYPED_TEST_SUITE_P(CatalogContract);

TYPED_TEST_P(CatalogContract, AFileComesBackAsItWas) {
  File whole = this->file("a");
  File bare{.id = file_id("b"),
            .name = "x",
            .content_type = *MediaType::parse("text/plain"),
            .owner = this->ann,
            .created_by = this->ann,
            .created_at = at(1),
            .updated_at = at(2),
            .object = {"bucket", "k"}};
  EXPECT_TRUE(this->catalog->create_file(whole));
  EXPECT_TRUE(this->catalog->create_file(bare));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(*this->catalog->find_file(whole.id), whole);
    EXPECT_EQ(*this->catalog->find_file(bare.id), bare);
    this->reopen();
  }
  EXPECT_FALSE(this->catalog->find_file(file_id("c")));
  EXPECT_FALSE(this->catalog->find_file(file_id("A")));
}

TYPED_TEST_P(CatalogContract, AnIdAndAnObjectAreTakenOnce) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  File same_id = this->file("a");
  same_id.object.key = "other";
  EXPECT_EQ(c.create_file(same_id).error(), CatalogError::taken);
  File same_object = this->file("b");
  same_object.object = this->file("a").object;
  EXPECT_EQ(c.create_file(same_object).error(), CatalogError::object_taken);
  EXPECT_EQ(*c.find_file(file_id("a")), this->file("a"));
  EXPECT_FALSE(c.find_file(file_id("b")));
}

TYPED_TEST_P(CatalogContract, AFileIsCompletedOnce) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  auto ready = c.complete_file(this->file("a"), this->completion(), at(2000));
  ASSERT_TRUE(ready);
  File expected = this->file("a");
  expected.state = FileState::ready;
  expected.size = 7;
  expected.content_type = *MediaType::parse("image/png");
  expected.sha256 = std::string(64, 'b');
  expected.etag = "e1";
  expected.updated_at = at(2000);
  expected.upload.reset();
  EXPECT_EQ(*ready, expected);
  EXPECT_EQ(*c.find_file(file_id("a")), expected);
  // The object stays; the bytes that were copied away from go.
  EXPECT_EQ(c.doomed_objects("bucket", 10), (std::vector<ObjectRef>{{"bucket", "staging/a"}}));
  EXPECT_EQ(c.complete_file(this->file("a"), this->completion(), at(3000)).error(),
            CatalogError::wrong_state);
  EXPECT_EQ(c.fail_file(this->file("a"), at(3000)).error(), CatalogError::wrong_state);
  EXPECT_EQ(*c.find_file(file_id("a")), expected);
  EXPECT_EQ(c.complete_file(this->file("b"), this->completion(), at(1)).error(),
            CatalogError::not_found);
}

TYPED_TEST_P(CatalogContract, AnObjectWithoutStagingIsNotDoomedByCompletion) {
  File direct = this->file("a");
  direct.upload->key = direct.object.key;
  ASSERT_TRUE(this->catalog->create_file(direct));
  ASSERT_TRUE(this->catalog->complete_file(direct, this->completion(), at(2000)));
  EXPECT_TRUE(this->catalog->doomed_objects("bucket", 10).empty());
}

TYPED_TEST_P(CatalogContract, AFailedFileLosesItsObjects) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  auto failed = c.fail_file(this->file("a"), at(2000));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, FileState::failed);
  EXPECT_FALSE(failed->upload);
  EXPECT_EQ(c.doomed_objects("bucket", 10).size(), 2u);
  EXPECT_EQ(c.complete_file(this->file("a"), this->completion(), at(3000)).error(),
            CatalogError::wrong_state);
  EXPECT_EQ(c.fail_file(this->file("b"), at(1)).error(), CatalogError::not_found);
}

TYPED_TEST_P(CatalogContract, APatchChangesOnlyWhatItNames) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  File expected = this->file("a");
  expected.name = "it's \"new\"";
  expected.updated_at = at(2000);
  EXPECT_EQ(c.patch_file(expected, {.name = expected.name}, at(2000)), expected);
  ASSERT_TRUE(c.create_album(this->album("trip")));
  expected.album = album_id("trip");
  EXPECT_EQ(c.patch_file(expected, {.album = expected.album}, at(2000)), expected);
  EXPECT_EQ(c.patch_file(expected, {.album = album_id("none")}, at(2001)).error(),
            CatalogError::no_album);
  EXPECT_EQ(*c.find_file(expected.id), expected);
  expected.album.reset();
  ++expected.epoch;  // who saw it by that album does not any more
  EXPECT_EQ(c.patch_file(expected, {.album = std::optional<AlbumId>()}, at(2000)), expected);
  expected.metadata = {{"x", "y"}};
  EXPECT_EQ(c.patch_file(expected, {.metadata = expected.metadata}, at(2000)), expected);
  EXPECT_EQ(*c.find_file(expected.id), expected);
  EXPECT_EQ(c.patch_file(this->file("b"), {.name = "x"}, at(1)).error(), CatalogError::not_found);
}

TYPED_TEST_P(CatalogContract, ADeletedFileLeavesItsObjectsToTheStore) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  EXPECT_EQ(c.delete_file(this->file("a"), at(2000)), this->file("a"));
  EXPECT_FALSE(c.find_file(file_id("a")));
  EXPECT_EQ(c.delete_file(this->file("a"), at(2000)).error(), CatalogError::not_found);
  // What a crash leaves over is still known at the next start.
  this->reopen();
  std::vector<ObjectRef> doomed = {{"bucket", "objects/a"}, {"bucket", "staging/a"}};
  EXPECT_EQ(this->catalog->doomed_objects("bucket", 10), doomed);
  EXPECT_EQ(this->catalog->doomed_objects("bucket", 1).size(), 1u);
  EXPECT_TRUE(this->catalog->doomed_objects("another", 10).empty());
  // One that the store will not delete does not stand before the others, nor before later ones.
  this->catalog->postpone_doomed_object(doomed[0]);
  EXPECT_EQ(this->catalog->doomed_objects("bucket", 10),
            (std::vector<ObjectRef>{doomed[1], doomed[0]}));
  this->catalog->forget_doomed_object(doomed[0]);
  this->catalog->forget_doomed_object(doomed[0]);
  this->catalog->postpone_doomed_object(doomed[0]);  // is doomed no more
  EXPECT_EQ(this->catalog->doomed_objects("bucket", 10), (std::vector<ObjectRef>{doomed[1]}));
  // The id is free again.
  EXPECT_TRUE(this->catalog->create_file(this->file("a")));
}

TYPED_TEST_P(CatalogContract, WhatWasMeantForOneEntryIsNotDoneToAnotherOfItsId) {
  auto& c = *this->catalog;
  const File seen = this->file("a");
  ASSERT_TRUE(c.create_file(seen));
  ASSERT_TRUE(c.delete_file(seen, at(2)));
  File other = this->file("a");
  other.object.key = "objects/other";
  other.upload->key = "staging/other";
  ASSERT_TRUE(c.create_file(other));
  const auto doomed = c.doomed_objects("bucket", 10);
  EXPECT_EQ(c.complete_file(seen, this->completion(), at(3)).error(), CatalogError::not_found);
  EXPECT_EQ(c.fail_file(seen, at(3)).error(), CatalogError::not_found);
  EXPECT_EQ(c.patch_file(seen, {.name = "x"}, at(3)).error(), CatalogError::not_found);
  EXPECT_EQ(c.delete_file(seen, at(3)).error(), CatalogError::not_found);
  EXPECT_EQ(*c.find_file(file_id("a")), other);
  EXPECT_EQ(c.doomed_objects("bucket", 10), doomed);
}

TYPED_TEST_P(CatalogContract, KnowsThePendingFilesThatNobodyGoesOnWith) {
  auto& c = *this->catalog;
  for (auto [id, created] : {std::pair{"old", 100}, {"older", 50}, {"new", 400}, {"done", 10}})
    ASSERT_TRUE(c.create_file(this->file(id, created)));  // their URLs end 60 later
  ASSERT_TRUE(c.complete_file(this->file("done"), this->completion(), at(20)));
  auto found = c.idle_files(at(300), 10);
  EXPECT_EQ(found.open, 3u);
  EXPECT_EQ(found.idle, (std::vector{file_id("older"), file_id("old")}));
  EXPECT_EQ(c.idle_files(at(300), 1).idle, std::vector{file_id("older")});
  EXPECT_EQ(c.idle_files(at(110), 10).idle, std::vector<FileId>{}) << "a URL ends at 110";
  ASSERT_TRUE(c.patch_file(this->file("old"), {.name = "renamed"}, at(350)));
  EXPECT_EQ(c.idle_files(at(300), 10).idle, std::vector{file_id("older")});

  EXPECT_EQ(c.delete_idle_file(file_id("older"), at(110)).error(), CatalogError::wrong_state);
  EXPECT_EQ(c.delete_idle_file(file_id("old"), at(300)).error(), CatalogError::wrong_state);
  EXPECT_EQ(c.delete_idle_file(file_id("done"), at(300)).error(), CatalogError::wrong_state);
  EXPECT_EQ(c.delete_idle_file(file_id("none"), at(300)).error(), CatalogError::not_found);
  EXPECT_EQ(c.delete_idle_file(file_id("older"), at(111)), this->file("older", 50));
  EXPECT_FALSE(c.find_file(file_id("older")));
  EXPECT_EQ(c.idle_files(at(1000), 10).open, 2u);
  EXPECT_TRUE(c.names_object({"bucket", "objects/older"})) << "doomed";
}

TYPED_TEST_P(CatalogContract, ListsOneOwnersFilesInEveryOrder) {
  auto& c = *this->catalog;
  struct Row {
    const char *id, *name;
    long long created;
    std::optional<std::uint64_t> size;
  };
  // Ties in every column, and a size that is not known.
  for (Row row : {Row{"a", "b", 10, 5}, Row{"b", "a", 30, 5}, Row{"c", "b", 30, {}},
                  Row{"d", "c", 20, 90}, Row{"e", "b", 30, 100}}) {
    File f = this->file(row.id, row.created);
    f.name = row.name;
    f.size = row.size;
    ASSERT_TRUE(c.create_file(f));
  }
  File other = this->file("z");
  other.owner = this->bob;
  ASSERT_TRUE(c.create_file(other));

  using Ids = std::vector<std::string>;
  auto sorted = [&](std::string_view sort) {
    FileQuery query{.owner = this->ann, .sort = *parse_file_sort(sort)};
    Ids all = this->ids(query);
    for (std::size_t limit : {1u, 2u, 3u}) {
      query.limit = limit;
      auto [paged, pages] = this->walk(query);
      EXPECT_EQ(paged, all) << sort << limit;
      EXPECT_EQ(pages, static_cast<int>((5 + limit - 1) / limit));
    }
    return all;
  };
  EXPECT_EQ(sorted("created_at"), (Ids{"a", "d", "b", "c", "e"}));
  EXPECT_EQ(sorted("-created_at"), (Ids{"e", "c", "b", "d", "a"}));
  EXPECT_EQ(sorted("name"), (Ids{"b", "a", "c", "e", "d"}));
  EXPECT_EQ(sorted("-name"), (Ids{"d", "e", "c", "a", "b"}));
  EXPECT_EQ(sorted("size"), (Ids{"c", "a", "b", "d", "e"}));
  EXPECT_EQ(sorted("-size"), (Ids{"e", "d", "b", "a", "c"}));
  EXPECT_EQ(this->ids({.owner = this->bob}), (Ids{"z"}));
  EXPECT_EQ(this->ids({.owner = *Principal::user("local", "bob")}), Ids{});
}

TYPED_TEST_P(CatalogContract, FiltersAreTakenLiterally) {
  auto& c = *this->catalog;
  for (const char* id : {"trip", "Trip", "x"}) ASSERT_TRUE(c.create_album(this->album(id)));
  auto add = [&](std::string_view id, std::string name, std::string type, std::string_view album) {
    File f = this->file(id);
    f.name = std::move(name);
    f.content_type = *MediaType::parse(type);
    f.album = album_id(album);
    ASSERT_TRUE(c.create_file(f));
  };
  add("a", "Beach 100%.jpg", "image/jpeg", "trip");
  add("b", "beach_2.png", "image/png", "Trip");
  add("c", "beachX2.txt", "text/plain; charset=utf-8", "trip");
  add("d", "a\\b", "imagex/y", "x");
  using Ids = std::vector<std::string>;
  auto list = [&](FileQuery query) {
    query.sort = {.key = FileSortKey::name, .descending = false};
    return this->ids(query);
  };
  const Principal& owner = this->ann;
  EXPECT_EQ(list({.owner = owner, .text = "BEACH"}), (Ids{"a", "c", "b"}));
  EXPECT_EQ(list({.owner = owner, .text = "%"}), (Ids{"a"}));
  EXPECT_EQ(list({.owner = owner, .text = "_"}), (Ids{"b"}));
  EXPECT_EQ(list({.owner = owner, .text = "\\"}), (Ids{"d"}));
  EXPECT_EQ(list({.owner = owner, .text = "' OR 1=1"}), Ids{});
  EXPECT_EQ(list({.owner = owner, .album = album_id("trip")}), (Ids{"a", "c"}));
  EXPECT_EQ(list({.owner = owner, .album = album_id("x")}), (Ids{"d"}));
  EXPECT_EQ(list({.owner = owner, .content_type = "image/*"}), (Ids{"a", "b"}));
  EXPECT_EQ(list({.owner = owner, .content_type = "IMAGE/png"}), (Ids{"b"}));
  // Without its parameters.
  EXPECT_EQ(list({.owner = owner, .content_type = "text/plain"}), (Ids{"c"}));
  EXPECT_EQ(list({.owner = owner, .content_type = "i%/*"}), Ids{});
  EXPECT_EQ(
      list({.owner = owner, .album = album_id("trip"), .text = "beach", .content_type = "image/*"}),
      (Ids{"a"}));
}

TYPED_TEST_P(CatalogContract, RefusesAPositionThatIsNone) {
  FileQuery query{.owner = this->ann};
  for (std::string text : {"", "x", "1", "1:", "1:x", ":1", "1:99999999999999999999"}) {
    query.after = text;
    EXPECT_FALSE(this->catalog->list_files(query)) << text;
  }
}

TYPED_TEST_P(CatalogContract, APagePassesOverWhatIsDeletedMeanwhile) {
  auto& c = *this->catalog;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(c.create_file(this->file("f" + std::to_string(i), i)));
  FileQuery query{.owner = this->ann, .limit = 2};
  auto first = c.list_files(query);
  ASSERT_TRUE(first && first->next);
  // The very entry on which the page ended, and a new one before it.
  ASSERT_TRUE(c.delete_file(first->items[1], at(50)));
  ASSERT_TRUE(c.create_file(this->file("new", 100)));
  query.after = first->next;
  auto second = c.list_files(query);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->items.size(), 2u);
  EXPECT_EQ(second->items[0].id.text(), "f3");
  EXPECT_EQ(second->items[1].id.text(), "f2");
}

TYPED_TEST_P(CatalogContract, ASharedSecretStays) {
  std::string first(this->catalog->shared_secret("cursor").reveal());
  EXPECT_EQ(first.size(), 32u);
  EXPECT_NE(this->catalog->shared_secret("other").reveal(), first);
  this->reopen();
  EXPECT_EQ(this->catalog->shared_secret("cursor").reveal(), first);
}

TYPED_TEST_P(CatalogContract, OfRacingThreadsOneWins) {
  constexpr int threads = 8;
  constexpr int rounds = 20;
  auto& c = *this->catalog;
  std::atomic<int> created = 0, completed = 0, secrets = 0;
  std::string secret(c.shared_secret("s").reveal());
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int r = 0; r < rounds; ++r) {
          std::string id = "r" + std::to_string(r);
          created += c.create_file(this->file(id)).has_value();
          completed += c.complete_file(this->file(id), this->completion(), at(1)).has_value();
          secrets += c.shared_secret("s").reveal() == secret;
          // A write that returned is seen by every read after it.
          EXPECT_EQ(c.find_file(file_id(id))->state, FileState::ready);
        }
      });
  }
  EXPECT_EQ(created, rounds);
  EXPECT_EQ(completed, rounds);
  EXPECT_EQ(secrets, threads * rounds);
}

REGISTER_TYPED_TEST_SUITE_P(CatalogContract, AFileComesBackAsItWas, AnIdAndAnObjectAreTakenOnce,
                            AFileIsCompletedOnce, AnObjectWithoutStagingIsNotDoomedByCompletion,
                            AFailedFileLosesItsObjects, APatchChangesOnlyWhatItNames,
                            ADeletedFileLeavesItsObjectsToTheStore,
                            WhatWasMeantForOneEntryIsNotDoneToAnotherOfItsId,
                            KnowsThePendingFilesThatNobodyGoesOnWith,
                            ListsOneOwnersFilesInEveryOrder, FiltersAreTakenLiterally,
                            RefusesAPositionThatIsNone, APagePassesOverWhatIsDeletedMeanwhile,
                            ASharedSecretStays, OfRacingThreadsOneWins);

}  // namespace signpost::testing

#pragma once

#include "testing/catalog_contract.hpp"

// The part of the catalog's contract that is about grants and albums. Instantiated as the rest is:
// INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SharingContract, ThatType).
namespace signpost::testing {

template <class Store>
class SharingContract : public CatalogContract<Store> {};

TYPED_TEST_SUITE_P(SharingContract);

TYPED_TEST_P(SharingContract, GrantsAreOfOneFileAndGoWithIt) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  ASSERT_TRUE(c.create_file(this->file("b")));
  Group staff = *Group::of("app", "the \"staff\" \\ [1]");
  Grant viewer{.grantee = this->bob, .role = Role::viewer, .created_at = at(1)};
  Grant editor{.grantee = staff, .role = Role::editor, .created_at = at(2)};
  EXPECT_EQ(c.put_grant(file_id("a"), this->ann, viewer), viewer);
  EXPECT_EQ(c.put_grant(file_id("a"), this->ann, editor), editor);
  EXPECT_EQ(c.put_grant(file_id("x"), this->ann, viewer).error(), CatalogError::not_found);
  EXPECT_EQ(c.put_grant(file_id("b"), this->bob, viewer).error(), CatalogError::not_found);

  using Grants = std::vector<Grant>;
  auto find = [&](std::string_view id, std::vector<Grantee> whom) {
    return c.find_grants(file_id(id), std::nullopt, whom).grants;
  };
  EXPECT_EQ(find("a", {Anyone{}, this->bob}), Grants{viewer});
  EXPECT_EQ(find("a", {staff}), Grants{editor});
  EXPECT_EQ(find("a", {Anyone{}, this->ann, *Group::of("corp", staff.name())}), Grants{});
  EXPECT_EQ(find("a", {}), Grants{});
  EXPECT_EQ(find("b", {this->bob, staff}), Grants{});

  // A second grant changes the role alone.
  Grant raised{.grantee = this->bob, .role = Role::editor, .created_at = at(9)};
  Grant expected{.grantee = this->bob, .role = Role::editor, .created_at = at(1)};
  EXPECT_EQ(c.put_grant(file_id("a"), this->ann, raised), expected);
  EXPECT_EQ(c.list_grants(file_id("a"), "", 10), (Grants{editor, expected}));
  EXPECT_EQ(c.list_grants(file_id("a"), "", 1), Grants{editor});
  EXPECT_EQ(c.list_grants(file_id("a"), to_text(editor.grantee), 10), Grants{expected});
  EXPECT_TRUE(c.delete_grant(file_id("a"), this->bob));
  EXPECT_FALSE(c.delete_grant(file_id("a"), this->bob));
  EXPECT_FALSE(c.delete_grant(file_id("b"), staff));
  // The next file of that id has none.
  ASSERT_TRUE(c.delete_file(this->file("a"), at(5)));
  // Nor can there be one of the object that the store still has to delete.
  EXPECT_EQ(c.create_file(this->file("a")).error(), CatalogError::object_taken);
  for (const ObjectRef& object : c.doomed_objects("bucket", 10)) c.forget_doomed_object(object);
  ASSERT_TRUE(c.create_file(this->file("a")));
  EXPECT_EQ(c.list_grants(file_id("a"), "", 10), Grants{});
}

TYPED_TEST_P(SharingContract, AlbumsComeBackAndAreListedNewestFirst) {
  auto& c = *this->catalog;
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(c.create_album(this->album(id)));
  EXPECT_EQ(c.create_album(this->album("a")).error(), CatalogError::taken);
  Album other = this->album("d");
  other.owner = this->bob;
  ASSERT_TRUE(c.create_album(other));
  this->reopen();
  auto& again = *this->catalog;
  EXPECT_EQ(again.find_album(album_id("a")), this->album("a"));
  EXPECT_FALSE(again.find_album(album_id("A")));
  AlbumPage first = again.list_albums(this->ann, std::nullopt, 2);
  EXPECT_EQ(first.items, (std::vector<Album>{this->album("c"), this->album("b")}));
  ASSERT_TRUE(first.next);
  AlbumPage rest = again.list_albums(this->ann, first.next, 2);
  EXPECT_EQ(rest.items, (std::vector<Album>{this->album("a")}));
  EXPECT_FALSE(rest.next);
  Album renamed = this->album("a");
  renamed.name = "new";
  renamed.updated_at = at(9);
  EXPECT_EQ(again.rename_album(album_id("a"), this->ann, "new", at(9)), renamed);
  EXPECT_EQ(again.find_album(album_id("a")), renamed);
  EXPECT_EQ(again.rename_album(album_id("x"), this->ann, "new", at(9)).error(),
            CatalogError::not_found);
  EXPECT_EQ(again.rename_album(album_id("a"), this->bob, "x", at(9)).error(),
            CatalogError::not_found);
  EXPECT_FALSE(again.delete_album(album_id("a"), this->bob));
  EXPECT_EQ(again.find_album(album_id("a")), renamed);
  EXPECT_TRUE(again.delete_album(album_id("a"), this->ann));
  EXPECT_FALSE(again.delete_album(album_id("a"), this->ann));
}

TYPED_TEST_P(SharingContract, AnAlbumsGrantsReachItsFilesUntilItGoes) {
  auto& c = *this->catalog;
  File f = this->file("f");
  f.album = album_id("a");
  EXPECT_EQ(c.create_file(f).error(), CatalogError::no_album);
  ASSERT_TRUE(c.create_album(this->album("a")));
  ASSERT_TRUE(c.create_file(f));
  Grant grant{.grantee = this->bob, .role = Role::editor, .created_at = at(1)};
  EXPECT_EQ(c.put_grant(album_id("a"), this->ann, grant), grant);
  EXPECT_EQ(c.put_grant(album_id("a"), this->bob, grant).error(), CatalogError::not_found);
  // A file of the same id is something else.
  EXPECT_EQ(c.put_grant(file_id("a"), this->ann, grant).error(), CatalogError::not_found);
  EXPECT_FALSE(c.delete_grant(file_id("a"), this->bob));

  std::vector<Grantee> whom{this->bob};
  FoundGrants found = c.find_grants(f.id, f.album, whom);
  EXPECT_EQ(found.grants, std::vector<Grant>{grant});
  EXPECT_EQ(found.album_owner, this->ann);
  EXPECT_EQ(c.find_grants(std::nullopt, f.album, whom).grants, std::vector<Grant>{grant});
  EXPECT_TRUE(c.find_grants(f.id, std::nullopt, whom).grants.empty());
  EXPECT_FALSE(c.find_grants(f.id, std::nullopt, whom).album_owner);

  // The files of everybody, or one's own.
  EXPECT_EQ(this->ids({.owner = std::nullopt, .album = f.album}), (std::vector<std::string>{"f"}));
  EXPECT_EQ(this->ids({.owner = this->bob, .album = f.album}), (std::vector<std::string>{}));

  ASSERT_TRUE(c.delete_album(album_id("a"), this->ann));
  EXPECT_FALSE(c.find_file(f.id)->album);
  ASSERT_TRUE(c.create_album(this->album("a")));
  EXPECT_TRUE(c.list_grants(album_id("a"), "", 10).empty());
  EXPECT_TRUE(this->ids({.owner = std::nullopt, .album = f.album}).empty());
}

REGISTER_TYPED_TEST_SUITE_P(SharingContract, GrantsAreOfOneFileAndGoWithIt,
                            AlbumsComeBackAndAreListedNewestFirst,
                            AnAlbumsGrantsReachItsFilesUntilItGoes);

}  // namespace signpost::testing

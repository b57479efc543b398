#include "storage/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>

#include "base/hex.hpp"
#include "base/random.hpp"

namespace signpost::storage {
namespace {

// As they do whose objects are all larger than a small one.
constexpr StoreOptions in_files{.small_bytes = 0};

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = testing::TempDir() + "store_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    directory_ = root_ + "/deep/er/store";
  }
  ~StoreTest() override { std::filesystem::remove_all(root_); }

  std::size_t data_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ + "/objects"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  std::string root_;
  std::string directory_;
};

std::expected<ObjectInfo, Refusal> put(Store& store, const std::string& key,
                                       const std::string& bytes, WriteCondition condition = {}) {
  PutWriter writer = store.begin_put(false);
  writer.write(bytes);
  return writer.commit({"photos", key, {{"content-type", "text/plain"}}, {}, condition, {}});
}

std::string get(Store& store, const std::string& key) {
  auto reader = store.open("photos", key);
  if (!reader) return "(none)";
  std::string bytes(reader->info().size, '\0');
  reader->read(0, bytes);
  return bytes;
}

TEST_F(StoreTest, KeepsWhatItTook) {
  {
    Store store(directory_, nullptr, in_files);
    ASSERT_TRUE(store.create_bucket("photos", "ann"));
    auto info = put(store, "a/b", "hello");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->etag, "5d41402abc4b2a76b9719d911017c592");
    ASSERT_TRUE(put(store, "empty", ""));
    ASSERT_TRUE(put(store, "a/b", "hello again"));
    store.put_access_key({"AK", Secret("shh"), "ann"});
    ASSERT_TRUE(store.put_cors("photos", "<CORS/>"));
  }
  Store store(directory_, nullptr, in_files);
  EXPECT_EQ(get(store, "a/b"), "hello again");
  EXPECT_EQ(get(store, "empty"), "");
  EXPECT_EQ(store.head("photos", "a/b")->field("content-type"), "text/plain");
  EXPECT_EQ(store.find_access_key("AK")->secret, Secret("shh"));
  EXPECT_EQ(store.find_bucket("photos")->cors, "<CORS/>");
  EXPECT_EQ(data_files(), 1u);  // the overwritten file is gone, the empty one never was
}

TEST_F(StoreTest, SetsOneFieldAndNothingElse) {
  {
    Store store(directory_);
    ASSERT_TRUE(store.create_bucket("photos", "ann"));
    auto info = put(store, "k", "hello");
    EXPECT_EQ(store.put_field("photos", "none", "a", "b").error(), Refusal::no_such_key);
    EXPECT_EQ(store.put_field("none", "k", "a", "b").error(), Refusal::no_such_bucket);
    ASSERT_TRUE(store.put_field("photos", "k", "x-amz-tagging", "a=b"));
    ASSERT_TRUE(store.put_field("photos", "k", "x-amz-tagging", "c=d"));
    ASSERT_TRUE(store.put_bucket_tags("photos", "e=f"));
    EXPECT_EQ(store.put_bucket_tags("none", "e=f").error(), Refusal::no_such_bucket);
    EXPECT_EQ(store.head("photos", "k")->last_modified, info->last_modified);
  }
  Store store(directory_);
  EXPECT_EQ(store.head("photos", "k")->field("x-amz-tagging"), "c=d");
  EXPECT_EQ(store.head("photos", "k")->field("content-type"), "text/plain");
  EXPECT_EQ(get(store, "k"), "hello");
  EXPECT_EQ(store.find_bucket("photos")->tags, "e=f");
  ASSERT_TRUE(store.put_field("photos", "k", "x-amz-tagging", std::nullopt));
  EXPECT_EQ(store.head("photos", "k")->field("x-amz-tagging"), std::nullopt);
}

TEST_F(StoreTest, ForgetsAccessKeys) {
  {
    Store store(directory_);
    store.put_access_key({"A", Secret("1"), "ann"});
    store.put_access_key({"B", Secret("2"), "ben", "photos", true});
    store.put_access_key({"C", Secret("3"), "cat"});
    EXPECT_TRUE(store.remove_access_key("A"));
    EXPECT_FALSE(store.remove_access_key("A"));
    EXPECT_FALSE(store.find_access_key("A"));
  }
  Store store(directory_);
  EXPECT_FALSE(store.find_access_key("A"));
  EXPECT_EQ(store.find_access_key("B")->bucket, "photos");
  EXPECT_TRUE(store.find_access_key("B")->read_only);
  EXPECT_EQ(store.list_access_keys().size(), 2u);
  EXPECT_EQ(store.list_access_keys()[1].bucket, std::nullopt);
}

TEST_F(StoreTest, RefusesWhatItShould) {
  Store store(directory_, nullptr, in_files);
  EXPECT_EQ(put(store, "k", "x").error(), Refusal::no_such_bucket);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  EXPECT_EQ(store.create_bucket("photos", "ann").error(), Refusal::bucket_owned);
  EXPECT_EQ(store.create_bucket("photos", "bob").error(), Refusal::bucket_exists);
  EXPECT_EQ(store.head("photos", "k").error(), Refusal::no_such_key);
  ASSERT_TRUE(put(store, "k", "x"));
  EXPECT_EQ(store.delete_bucket("photos").error(), Refusal::bucket_not_empty);
  ASSERT_TRUE(store.remove("photos", "k"));
  ASSERT_TRUE(store.remove("photos", "k"));  // once more: S3 says done
  EXPECT_EQ(data_files(), 0u);
  ASSERT_TRUE(store.delete_bucket("photos"));
  EXPECT_EQ(store.find_bucket("photos"), nullptr);
}

TEST_F(StoreTest, AnAbandonedUploadLeavesNothing) {
  Store store(directory_, nullptr, in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  {
    PutWriter writer = store.begin_put(true);
    writer.write("half of it");
    EXPECT_EQ(data_files(), 1u);
  }
  EXPECT_EQ(data_files(), 0u);
}

TEST_F(StoreTest, AReaderKeepsItsVersion) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  ASSERT_TRUE(put(store, "k", "first"));
  auto reader = store.open("photos", "k");
  ASSERT_TRUE(put(store, "k", "second, longer"));
  std::string bytes(5, '\0');
  EXPECT_EQ(reader->read(0, bytes), 5u);
  EXPECT_EQ(bytes, "first");
}

TEST_F(StoreTest, OnlyOneOfManyWritersWins) {
  Store store(directory_, nullptr, in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  std::atomic<int> won = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t)
    threads.emplace_back([&, t] {
      WriteCondition once;
      once.if_none_match_any = true;
      auto result = put(store, "k", std::to_string(t), once);
      result ? ++won : ++refused;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 63);
  EXPECT_EQ(data_files(), 1u);
}

TEST_F(StoreTest, ChecksETagsInTheCommit) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  WriteCondition match;
  match.if_match = "5d41402abc4b2a76b9719d911017c592";
  EXPECT_EQ(put(store, "k", "x", match).error(), Refusal::no_such_key);
  ASSERT_TRUE(put(store, "k", "hello"));
  ASSERT_TRUE(put(store, "k", "x", match));
  EXPECT_EQ(put(store, "k", "y", match).error(), Refusal::precondition_failed);
  EXPECT_EQ(get(store, "k"), "x");
}

TEST_F(StoreTest, Copies) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  std::string big = random_bytes(3 << 20);
  ASSERT_TRUE(put(store, "from", big));
  auto source = store.open("photos", "from");
  auto copy = store.copy(*source, {"photos", "to", source->info().fields, {}, {}, {}});
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->etag, source->info().etag);
  EXPECT_EQ(get(store, "to"), big);
}

std::vector<std::string> names(const ListPage& page) {
  std::vector<std::string> out;
  for (const auto& entry : page.entries)
    out.push_back((entry.is_prefix ? "[" : "") + entry.object.key + (entry.is_prefix ? "]" : ""));
  return out;
}

TEST_F(StoreTest, ListsInPagesWithCommonPrefixes) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  for (const char* key : {"a", "b/1", "b/2", "b/3/x", "c", "d/1", "\xc3\xa9", "b0"})
    ASSERT_TRUE(put(store, key, "x"));
  ListQuery query;
  query.bucket = "photos";
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(*store.list(query)),
            (Names{"a", "b/1", "b/2", "b/3/x", "b0", "c", "d/1", "\xc3\xa9"}));
  query.delimiter = "/";
  EXPECT_EQ(names(*store.list(query)), (Names{"a", "[b/]", "b0", "c", "[d/]", "\xc3\xa9"}));
  query.max_entries = 2;
  Names paged;
  for (int pages = 0; pages < 10; ++pages) {
    auto page = store.list(query);
    for (auto& name : names(*page)) paged.push_back(name);
    if (!page->truncated) break;
    query.from = page->next_from;
  }
  EXPECT_EQ(paged, (Names{"a", "[b/]", "b0", "c", "[d/]", "\xc3\xa9"}));
  query.from.clear();
  query.max_entries = 100;
  query.prefix = "b/";
  EXPECT_EQ(names(*store.list(query)), (Names{"b/1", "b/2", "[b/3/]"}));
}

TEST_F(StoreTest, ListsKeysOfAnyBytesToTheirEnd) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  const std::string top = "\xff\xff";
  for (const auto& key : {std::string("a"), top, top + "x"}) ASSERT_TRUE(put(store, key, "x"));
  ListQuery query;
  query.bucket = "photos";
  query.prefix = "\xff";
  EXPECT_EQ(names(*store.list(query)), (std::vector<std::string>{top, top + "x"}));
  query.delimiter = "\xff";  // rolls up to what nothing sorts after
  auto page = store.list(query);
  EXPECT_EQ(names(*page), (std::vector<std::string>{"[" + top + "]"}));
  EXPECT_FALSE(page->truncated);
  query.max_entries = 0;
  EXPECT_TRUE(store.list(query)->entries.empty());
}

TEST_F(StoreTest, ThreadsShareTheIndexCommits) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        std::string key = std::to_string(t) + "/" + std::to_string(i);
        if (!put(store, key, "bytes of " + key) || get(store, key) != "bytes of " + key) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(store.list({"photos", "", "", "", 1000})->entries.size(), 160u);
  EXPECT_LT(store.index_commits(), 160u);
}

TEST_F(StoreTest, OpensNoForeignDirectoryAndNoneTwice) {
  std::filesystem::create_directories(root_ + "/other");
  std::filesystem::create_directory(root_ + "/other/precious");
  EXPECT_THROW(Store(root_ + "/other"), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/other/lock"));  // and touches nothing there
  std::filesystem::create_directories(root_ + "/disk/lost+found");
  Store on_a_disk(root_ + "/disk");
  Store store(directory_);
  EXPECT_THROW(Store second(directory_), AlreadyRunning);
}

TEST_F(StoreTest, CollectsOrphansThatAreOldEnough) {
  Store store(directory_);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  ASSERT_TRUE(put(store, "k", "kept"));
  std::string id(32, 'a');
  std::filesystem::copy_file("/proc/self/exe", directory_ + "/objects/aa/" + id);
  EXPECT_EQ(store.collect_orphans(std::chrono::hours{1}), 0u);
  EXPECT_EQ(store.collect_orphans(std::chrono::seconds{0}), 1u);
  EXPECT_EQ(get(store, "k"), "kept");
}

// Fails the n-th call of one kind, with one errno.
class FailingIo : public FileIo {
 public:
  enum class Call { none, open, write, fdatasync, fsync };
  std::atomic<Call> call = Call::none;
  std::atomic<int> number = EIO;
  int open(const char* path, int flags, mode_t mode) override {
    return fails(Call::open) && (flags & O_CREAT) ? -1 : FileIo::open(path, flags, mode);
  }
  ssize_t write(int fd, const char* bytes, std::size_t count) override {
    return fails(Call::write) ? -1 : FileIo::write(fd, bytes, std::min<std::size_t>(count, 7));
  }
  int fdatasync(int fd) override { return fails(Call::fdatasync) ? -1 : FileIo::fdatasync(fd); }
  int fsync(int fd) override { return fails(Call::fsync) ? -1 : FileIo::fsync(fd); }

 private:
  bool fails(Call which) {
    if (call != which) return false;
    errno = number;
    return true;
  }
};

TEST_F(StoreTest, AFailingDiskLosesNothingAndAcknowledgesNothing) {
  auto owned = std::make_unique<FailingIo>();
  FailingIo& io = *owned;
  Store store(directory_, std::move(owned), in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  ASSERT_TRUE(put(store, "k", "old but whole"));
  for (auto call : {FailingIo::Call::open, FailingIo::Call::write, FailingIo::Call::fdatasync,
                    FailingIo::Call::fsync})
    for (int number : {EIO, ENOSPC, EROFS}) {
      io.call = call;
      io.number = number;
      try {
        put(store, "k", "new");
        ADD_FAILURE() << "acknowledged in spite of errno " << number;
      } catch (const IoError& error) {
        EXPECT_EQ(error.number(), number);
        EXPECT_EQ(error.is_disk_full(), number == ENOSPC);
      }
      io.call = FailingIo::Call::none;
      EXPECT_EQ(get(store, "k"), "old but whole");
      EXPECT_EQ(data_files(), 1u);
    }
  ASSERT_TRUE(put(store, "k", "works again"));
  EXPECT_EQ(get(store, "k"), "works again");
}

// Writes until it is killed; says what was acknowledged through the pipe.
[[noreturn]] void write_until_killed(const std::string& directory, int acknowledge, int round) {
  Store store(directory, nullptr, round % 2 == 0 ? in_files : StoreOptions());
  (void)store.create_bucket("photos", "ann");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        std::string key = std::to_string(t) + "/" + std::to_string(i % 5);
        std::string line = key + " " + std::to_string(round) + "." + std::to_string(i) + "\n";
        if (put(store, key, line)) (void)!::write(acknowledge, line.data(), line.size());
      }
    });
  for (auto& thread : threads) thread.join();
  ::_exit(1);
}

TEST_F(StoreTest, KillNineLosesNoAcknowledgedObject) {
  std::size_t checked = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      write_until_killed(directory_, pipe[1], round);
    }
    ::close(pipe[1]);
    // Not before it has begun, however busy the machine is.
    std::string log;
    char buffer[4096];
    if (ssize_t n = ::read(pipe[0], buffer, sizeof buffer); n > 0) log.append(buffer, n);
    ::usleep(7'000 * (round % 10));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    for (ssize_t n; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;) log.append(buffer, n);
    ::close(pipe[0]);
    std::map<std::string, std::string> acknowledged;
    for (std::size_t at = 0, end; (end = log.find('\n', at)) != std::string::npos; at = end + 1) {
      std::string line = log.substr(at, end - at + 1);
      acknowledged[line.substr(0, line.find(' '))] = line;
    }
    Store store(directory_);
    checked += acknowledged.size();
    for (const auto& [key, line] : acknowledged) {
      std::string there = get(store, key);
      // A later write may have become durable without its acknowledgement getting out.
      auto number = [](const std::string& text) {
        return std::stoi(text.substr(text.find('.') + 1));
      };
      EXPECT_TRUE(there == line || (there.starts_with(key + " ") && number(there) > number(line)))
          << key << ": acknowledged " << line << " found " << there;
    }
    // Nor is any other half there, acknowledged or not.
    auto page = store.list({"photos", "", "", "", 1000});
    ASSERT_TRUE(page);
    for (const auto& entry : page->entries)
      EXPECT_EQ(hex_encode(Md5().update(get(store, entry.object.key)).finish()), entry.object.etag)
          << entry.object.key;
  }
  EXPECT_GT(checked, 50u);  // else the child was killed before it had begun
}

}  // namespace
}  // namespace signpost::storage

// Durable PUTs of small objects into the store, no HTTP: what one writer waits for, and what
// sixteen reach together, beside the bare file calls that no store can do without.
// And what one commit of the index costs.
//     bench_storage_put DIRECTORY [SECONDS [SMALL_BYTES [SIZE]]]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "sqlite/group_commit_writer.hpp"
#include "storage/store.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr int slices = 6;  // of each row's time: those beside each other take turns

struct Samples {
  std::vector<double> all;  // microseconds
  double seconds = 0;
};

// Calls once(thread, round) on each thread for a slice of the time.
void measure(Samples& samples, int threads, std::chrono::milliseconds time,
             const std::function<void(int thread, int round)>& once) {
  std::mutex mutex;
  auto start = Clock::now();
  auto work = [&](int thread) {
    std::vector<double> mine;
    for (int round = 0; Clock::now() - start < time / slices; ++round) {
      auto before = Clock::now();
      once(thread, round);
      mine.push_back(Microseconds(Clock::now() - before).count());
    }
    std::scoped_lock lock(mutex);
    samples.all.insert(samples.all.end(), mine.begin(), mine.end());
  };
  std::vector<std::thread> pool;
  for (int thread = 0; thread < threads; ++thread) pool.emplace_back(work, thread);
  for (auto& thread : pool) thread.join();
  samples.seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(fmt::format("{} failed", what));
}

// Create, write, fdatasync, rename, fsync of the directory.
void bare_put(const std::string& directory, const std::string& bytes, int thread, int round) {
  std::string name = fmt::format("{}/{}.{}", directory, thread, round % 500);
  std::string unnamed = name + ".new";
  int file = ::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must(file >= 0, "open");
  must(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write");
  must(::fdatasync(file) == 0, "fdatasync");
  ::close(file);
  must(::rename(unnamed.c_str(), name.c_str()) == 0, "rename");
  int parent = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(parent >= 0 && ::fsync(parent) == 0, "fsync");
  ::close(parent);
}

void print(const char* what, std::size_t bytes, int threads, Samples& samples) {
  std::vector<double>& all = samples.all;
  if (all.empty()) throw std::runtime_error("no round was finished");
  std::ranges::sort(all);
  fmt::print("{:<6} {:>8} B {:>3} threads   p50 {:>8.0f} us   p99 {:>8.0f} us   {:>7.0f} /s\n",
             what, bytes, threads, all[all.size() / 2], all[all.size() * 99 / 100],
             static_cast<double>(all.size()) / samples.seconds);
}

// One index commit: a row in a transaction of its own.
void commit(signpost::sqlite::GroupCommitWriter& writer, int round) {
  writer.submit([&](signpost::sqlite::Database& database) {
    database.prepare("INSERT OR REPLACE INTO entry VALUES(?,?)")
        .bind_all(std::int64_t{round % 500}, std::string_view("of about the length of a row"))
        .run();
  });
}

void put(signpost::storage::Store& store, const std::string& bytes, int thread, int round) {
  auto writer = store.begin_put(false, bytes.size());
  writer.write(bytes);
  const std::string key = fmt::format("{}/{}", thread, round % 500);
  must(writer.commit({"bench", key, {}, {}, {}, {}}).has_value(), "PUT");
}

void run(const std::string& root, std::chrono::milliseconds time,
         signpost::storage::StoreOptions options, std::vector<std::size_t> sizes) {
  std::filesystem::create_directories(root + "/bare");
  signpost::storage::Store store(root + "/store", nullptr, options);
  must(store.create_bucket("bench", "bench").has_value(), "CreateBucket (a fresh directory?)");
  constexpr std::array<const char*, 1> schema = {
      "CREATE TABLE entry(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"};
  signpost::sqlite::GroupCommitWriter writer(root + "/commits.db", schema);
  for (std::size_t size : sizes) {
    const std::string bytes = signpost::random_bytes(size);
    for (int threads : {1, 16}) {
      Samples bare, stored, commits;
      const std::uint64_t before = store.index_commits();
      for (int slice = 0; slice < slices; ++slice) {
        measure(bare, threads, time,
                [&](int thread, int round) { bare_put(root + "/bare", bytes, thread, round); });
        measure(stored, threads, time,
                [&](int thread, int round) { put(store, bytes, thread, round); });
        if (threads == 1) measure(commits, 1, time, [&](int, int round) { commit(writer, round); });
      }
      print("bare", size, threads, bare);
      if (threads == 1) print("commit", size, 1, commits);
      print("store", size, threads, stored);
      const auto made = static_cast<double>(store.index_commits() - before);
      fmt::print("{:>54.1f} puts a commit of the index\n",
                 static_cast<double>(stored.all.size()) / std::max(made, 1.0));
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: bench_storage_put DIRECTORY [SECONDS [SMALL_BYTES [SIZE]]]\n");
    return 2;
  }
  try {
    signpost::storage::StoreOptions options;
    if (count > 3) options.small_bytes = std::strtoull(arguments[3], nullptr, 10);
    std::vector<std::size_t> sizes = {4096, 65536, 1048576};
    if (count > 4) sizes = {std::strtoull(arguments[4], nullptr, 10)};
    run(arguments[1], std::chrono::seconds(count > 2 ? std::max(1, std::atoi(arguments[2])) : 5),
        options, sizes);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}

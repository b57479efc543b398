#pragma once

#include <array>
#include <boost/unordered/unordered_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sqlite/commit_watch.hpp"

namespace signpost::sqlite {

// Rows that were read, kept for as long as nobody commits anything: a row from here is what a read
// of the file would give. A commit of any process makes all of them worthless at once, but for one
// of this process of which is known what it changes (docs/adr/0013). For any thread.
template <class T>
class RowCache {
 public:
  using Pointer = std::shared_ptr<const T>;
  using Mark = std::optional<CommitMark>;  // none: nothing can be known, nothing is kept

  // `bytes`: what the rows may take, about. What is given must outlive it.
  RowCache(const CommitWatch& watch, std::size_t bytes)
      : watch_(watch), stripe_bytes_(bytes / stripes) {}

  // To be asked for before the row is looked for, and before it is read.
  Mark mark() const { return watch_.now(); }

  // The row of that key as that commit left it; null where it is not here.
  Pointer find(std::string_view key, const Mark& mark) {
    if (!mark) return nullptr;
    Stripe& stripe = stripe_of(key);
    std::scoped_lock lock(stripe.mutex);
    if (stripe.mark != mark) return nullptr;
    auto at = stripe.entries.find(key);
    if (at == stripe.entries.end() || at->second.generation != stripe.generation) return nullptr;
    return at->second.row;
  }

  // Keeps a row that was read after that mark was taken, unless something has been committed since:
  // the row may then be of either state. `bytes`: what the row takes.
  void keep(std::string_view key, Pointer row, std::size_t bytes, const Mark& mark) {
    if (!mark) return;
    Stripe& stripe = stripe_of(key);
    std::scoped_lock lock(stripe.mutex);
    if (watch_.now() != mark) return;
    if (stripe.mark != mark) {
      stripe.mark = mark;
      ++stripe.generation;
    }
    stripe.put(key, std::move(row), bytes + sizeof(Entry) + 2 * key.size());
    while (stripe.bytes > stripe_bytes_) stripe.drop_oldest();
  }

  // To be called for a commit before anybody is told of it: `after` is the mark that it made of
  // `before`, and it changed no rows but those of `keys`.
  void advance(const CommitMark& before, const CommitMark& after,
               std::span<const std::string> keys) {
    // From the commit on, nothing that was read before it is kept any more: keep() sees to that.
    for (const std::string& key : keys) {
      Stripe& stripe = stripe_of(key);
      std::scoped_lock lock(stripe.mutex);
      if (auto at = stripe.entries.find(key); at != stripe.entries.end())
        at->second.generation = never;
    }
    for (Stripe& stripe : all_) {
      std::scoped_lock lock(stripe.mutex);
      if (stripe.mark == before) stripe.mark = after;
    }
  }

 private:
  static constexpr std::uint64_t never = 0;
  static constexpr std::size_t stripes = 64;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Entry {
    Pointer row;
    std::size_t bytes = 0;
    std::uint64_t generation = never;  // of its stripe, when it was kept: worthless in any other
  };
  struct Stripe {
    void put(std::string_view key, Pointer row, std::size_t size) {
      auto at = entries.find(key);
      if (at == entries.end()) {
        at = entries.emplace(std::string(key), Entry{}).first;
        order.push_back(&at->first);
      }
      bytes += size - at->second.bytes;
      at->second = {std::move(row), size, generation};
    }
    void drop_oldest() {
      auto at = entries.find(*order.front());
      order.pop_front();
      bytes -= at->second.bytes;
      entries.erase(at);
    }

    std::mutex mutex;
    Mark mark;  // of the commit that the entries of this generation are of
    std::uint64_t generation = never + 1;
    // Boost's: the standard library's computes the hashes of a bucket's neighbours in every
    // look-up.
    boost::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
    std::deque<const std::string*> order;  // the keys of entries, oldest first
    std::size_t bytes = 0;
  };

  Stripe& stripe_of(std::string_view key) { return all_[(Hash{}(key) >> 57) % stripes]; }

  const CommitWatch& watch_;
  std::size_t stripe_bytes_;
  std::array<Stripe, stripes> all_;
};

}  // namespace signpost::sqlite

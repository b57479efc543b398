#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/disk_fixture.hpp"

// What a disk may hold after the power has gone. The model is the strict one: a file's bytes are
// there once the file was synced, its name once its directory was; until then each write and each
// name may be there or not, in any order, and a write only in part.
namespace signpost::storage::testing {

// Files with their bytes, directories without any, by their whole path.
using Image = std::map<std::string, std::optional<std::string>>;

inline Image image_of(const std::string& directory) {
  Image image;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_directory()) image[entry.path()] = std::nullopt;
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    image[entry.path()] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return image;
}

// Where many small files are made and nothing has to outlive the test: in memory where there is
// such a place.
inline std::string new_directory(const std::string& name) {
  const bool in_memory = ::access("/dev/shm", W_OK) == 0;
  std::string pattern = (in_memory ? "/dev/shm/" : ::testing::TempDir()) + name + "_XXXXXX";
  return ::mkdtemp(pattern.data());
}

// Makes what is below the directory look like that.
inline void lay_out(const Image& image, const std::string& directory) {
  std::vector<std::filesystem::path> others;
  std::set<std::string> there;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto wanted = image.find(entry.path());
    if (wanted == image.end() || wanted->second.has_value() == entry.is_directory())
      others.push_back(entry.path());
    else
      there.insert(entry.path());
  }
  for (const auto& path : others) std::filesystem::remove_all(path);
  for (const auto& [path, bytes] : image) {
    if (bytes)
      std::ofstream(path, std::ios::binary) << *bytes;
    else if (!there.contains(path))
      std::filesystem::create_directory(path);
  }
}

class CrashStates {
 public:
  explicit CrashStates(const Image& before) {
    for (const auto& [path, bytes] : before) {
      names_[path] = nodes_.size();
      durable_names_[path] = nodes_.size();
      nodes_.push_back({!bytes, bytes.value_or(""), {}});
    }
  }

  void apply(const DiskEvent& event) {
    using Kind = DiskEvent::Kind;
    switch (event.kind) {
      case Kind::make_file:
      case Kind::make_directory:
        names_[event.path] = nodes_.size();
        pending_names_.push_back({{event.path, nodes_.size()}});
        nodes_.push_back({event.kind == Kind::make_directory, "", {}});
        break;
      case Kind::write:
      case Kind::truncate:
        node(event.path).pending.push_back(event);
        break;
      case Kind::unlink:
        names_.erase(event.path);
        pending_names_.push_back({{event.path, std::nullopt}});
        break;
      case Kind::rename: {
        const std::size_t moved = names_.at(event.path);
        names_.erase(event.path);
        names_[event.text] = moved;
        pending_names_.push_back({{event.path, std::nullopt}, {event.text, moved}});
        break;
      }
      case Kind::sync_file: {
        Node& synced = node(event.path);
        for (const DiskEvent& change : synced.pending)
          make(change, synced.bytes, change.text.size());
        synced.pending.clear();
        break;
      }
      case Kind::sync_directory:
        sync_names(event.path);
        break;
      case Kind::acknowledged:
        break;
    }
  }

  // Everything that was not synced is lost; or, as after a mere kill, all of it is there.
  Image lost() const {
    return image([](std::size_t) { return 0u; });
  }
  Image kept() const {
    return image([](std::size_t of) { return static_cast<unsigned>(of); });
  }
  // Any of it is there, and any write in part.
  Image random(std::mt19937_64& random) const {
    return image([&](std::size_t of) { return static_cast<unsigned>(random() % (of + 1)); });
  }

 private:
  struct Node {
    bool is_directory;
    std::string bytes;               // what is durable
    std::vector<DiskEvent> pending;  // writes and truncations since the last sync
  };
  // What one call does to names, all of it or nothing.
  using NameChange = std::vector<std::pair<std::string, std::optional<std::size_t>>>;

  Node& node(const std::string& path) { return nodes_.at(names_.at(path)); }

  static void make(const DiskEvent& change, std::string& bytes, std::size_t count) {
    if (change.kind == DiskEvent::Kind::truncate) {
      bytes.resize(change.offset);
      return;
    }
    if (bytes.size() < change.offset + count) bytes.resize(change.offset + count);
    bytes.replace(change.offset, count, change.text, 0, count);
  }

  static void rename(const NameChange& change, std::map<std::string, std::size_t>& names) {
    for (const auto& [path, target] : change) {
      if (target)
        names[path] = *target;
      else
        names.erase(path);
    }
  }

  void sync_names(const std::string& directory) {
    std::erase_if(pending_names_, [&](const NameChange& change) {
      if (std::filesystem::path(change.back().first).parent_path() != directory) return false;
      rename(change, durable_names_);
      return true;
    });
  }

  // choose(n) says how much of n is there.
  template <class Choose>
  Image image(Choose choose) const {
    auto names = durable_names_;
    for (const NameChange& change : pending_names_)
      if (choose(1) == 1) rename(change, names);
    Image image;
    for (const auto& [path, index] : names) {
      if (is_below_lost(std::filesystem::path(path).parent_path(), names)) continue;
      const Node& node = nodes_[index];
      image[path] = std::nullopt;
      if (node.is_directory) continue;
      std::string bytes = node.bytes;
      for (const DiskEvent& change : node.pending) {
        // Sectors of 512 bytes, from the front.
        const std::size_t sectors = (change.text.size() + 511) / 512;
        const unsigned written = choose(std::max<std::size_t>(sectors, 1));
        if (written > 0)
          make(change, bytes, std::min(change.text.size(), written * std::size_t{512}));
      }
      image[path] = std::move(bytes);
    }
    return image;
  }

  // Whether a directory above, one that this history knows, is not there.
  bool is_below_lost(std::filesystem::path path,
                     const std::map<std::string, std::size_t>& names) const {
    for (; path.has_relative_path(); path = path.parent_path())
      if (names_.contains(path) && !names.contains(path)) return true;
    return false;
  }

  std::vector<Node> nodes_;
  std::map<std::string, std::size_t> names_;
  std::map<std::string, std::size_t> durable_names_;
  std::vector<NameChange> pending_names_;
};

}  // namespace signpost::storage::testing

#include "app/check.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <set>

#include "app/config_sources.hpp"
#include "app/data_folder.hpp"
#include "app/print.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "storage/store.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t files_at_once = 1000;
constexpr std::size_t unnamed_in_document = 1000;

// What is told as it is found, or all together as one document.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void add_damage(const storage::Store::Damage& damage) {
    if (json_) {
      damaged_.push_back(boost::json::object{
          {"bucket", damage.bucket}, {"key", damage.key}, {"problem", damage.what}});
    } else if (damage.bucket.empty()) {
      print_line("damaged: " + damage.what);
    } else {
      print_line("damaged: " + damage.bucket + "/" + damage.key + ": " + damage.what);
    }
  }
  // A file of the catalog whose object is not what it says.
  void add_lost(const domain::File& file, std::string_view problem) {
    ++lost_count_;
    const domain::ObjectRef& object = file.object;
    if (json_) {
      lost_.push_back(boost::json::object{{"file", file.id.text()},
                                          {"bucket", object.bucket},
                                          {"key", object.key},
                                          {"problem", problem}});
    } else {
      print_line(fmt::format("lost: file {}: {}/{} {}", file.id.text(), object.bucket, object.key,
                             problem));
    }
  }
  void add_unnamed(const std::string& bucket, const std::string& key) {
    if (++unnamed_count_ <= unnamed_in_document && json_)
      unnamed_.push_back(boost::json::object{{"bucket", bucket}, {"key", key}});
  }

  std::string catalog;  // the file that was read; empty where there is none
  std::uint64_t files = 0;
  std::size_t orphans = 0;
  bool removed = false;  // the orphans were
  bool kept = false;     // they were to be removed, but may hold what is lost

  bool is_clean(const storage::Store::Checked& checked) const {
    return checked.damaged == 0 && lost_count_ == 0;
  }

  Exit finish(const storage::Store::Checked& checked) {
    if (json_) {
      print_line(boost::json::serialize(boost::json::object{{"objects", checked.objects},
                                                            {"bytes", checked.bytes},
                                                            {"damaged", std::move(damaged_)},
                                                            {"catalog", catalog_value()},
                                                            {"files", files},
                                                            {"lost", std::move(lost_)},
                                                            {"unnamed_count", unnamed_count_},
                                                            {"unnamed", std::move(unnamed_)},
                                                            {"orphans", orphans},
                                                            {"removed", removed}}));
    } else {
      print_line(fmt::format("{} objects, {} bytes: {} damaged", checked.objects, checked.bytes,
                             checked.damaged));
      if (catalog.empty())
        print_line("no catalog was looked at: there is none here; --config tells where it is");
      else
        print_line(fmt::format("{} files of {}: {} lost; {} objects that no file names", files,
                               catalog, lost_count_, unnamed_count_));
      if (orphans > 0)
        print_line(fmt::format("{} data files without an object: {}", orphans,
                               removed ? "removed"
                               : kept  ? "kept, for they may hold what is lost or damaged"
                                       : "--repair removes them"));
    }
    return is_clean(checked) ? Exit::done : Exit::failed;
  }

 private:
  boost::json::value catalog_value() const {
    return catalog.empty() ? boost::json::value() : boost::json::value(catalog);
  }

  bool json_;
  boost::json::array damaged_, lost_, unnamed_;
  std::uint64_t lost_count_ = 0;
  std::uint64_t unnamed_count_ = 0;
};

void check_file(const storage::Store& store, const domain::File& file, Report& report) {
  if (file.state != domain::FileState::ready) return;
  const auto object = store.head(file.object.bucket, file.object.key);
  if (!object) {
    report.add_lost(file, "is not in the store");
  } else if (file.size != object->size) {
    report.add_lost(file, "has another size than the catalog says");
  } else if (!file.etag.empty() && file.etag != object->etag) {
    report.add_lost(file, "is not the object that the catalog knows");
  }
}

// Objects in the catalog's buckets that it does not name: a rule's, or what an older catalog had.
void look_for_unnamed(const storage::Store& store, catalog_sqlite::SqliteCatalog& catalog,
                      const std::set<std::string>& buckets, Report& report) {
  for (const std::string& bucket : buckets) {
    storage::ListQuery query{.bucket = bucket, .prefix = "", .delimiter = "", .from = ""};
    for (bool more = true; more;) {
      const auto page = store.list(query);
      if (!page) break;
      for (const auto& entry : page->entries)
        if (!catalog.names_object({bucket, entry.object.key}))
          report.add_unnamed(bucket, entry.object.key);
      query.from = page->next_from;
      more = page->truncated;
    }
  }
}

struct CatalogPlace {
  std::string file;  // empty where a store stands alone
  std::string bucket;
};

CatalogPlace find_catalog(const CheckOptions& options, const DataFolder& folder) {
  const Config config = load_checked_config(read_config_sources(options.config_file, {}));
  if (config.store.kind != StoreKind::embedded)
    throw UsageError(
        "the configured store is not the embedded one, and check looks at the embedded one alone");
  std::string name = folder.file(catalog_file_name(config));
  if (std::filesystem::exists(name)) return {name, config.store.bucket};
  if (!options.config_file.empty() || config.catalog.url != Config().catalog.url)
    throw UsageError(fmt::format("catalog.url: there is no catalog at {}", name));
  return {};
}

// The catalog against the store.
void check_catalog(const CatalogPlace& place, const storage::Store& store, Report& report) {
  catalog_sqlite::SqliteCatalog catalog(place.file);
  std::set<std::string> buckets;
  if (store.find_bucket(place.bucket)) buckets.insert(place.bucket);
  std::string after;
  for (bool more = true; more;) {
    const auto files = catalog.scan_files(after, files_at_once);
    for (const domain::File& file : files) {
      ++report.files;
      after = file.id.text();
      if (store.find_bucket(file.object.bucket)) buckets.insert(file.object.bucket);
      check_file(store, file, report);
    }
    more = files.size() == files_at_once;
  }
  look_for_unnamed(store, catalog, buckets, report);
}

}  // namespace

Exit check_data(const CheckOptions& options) {
  if (!std::filesystem::exists(options.data + "/store/FORMAT"))
    throw UsageError("--data: there is no store in " + options.data);
  DataFolder folder(options.data);
  const CatalogPlace catalog = find_catalog(options, folder);
  folder.lock();
  storage::Store store(folder.store_directory());
  Report report(options.json);
  const auto checked =
      store.check([&](const storage::Store::Damage& damage) { report.add_damage(damage); });
  report.catalog = catalog.file;
  if (!catalog.file.empty()) check_catalog(catalog, store, report);
  report.removed = options.repair && report.is_clean(checked);
  report.kept = options.repair && !report.removed;
  report.orphans =
      report.removed ? store.collect_orphans(std::chrono::seconds{0}) : store.count_orphans();
  return report.finish(checked);
}

}  // namespace signpost::app

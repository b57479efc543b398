#include "app/check.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "app/data_folder.hpp"
#include "app/print.hpp"
#include "storage/store.hpp"

namespace signpost::app {

Exit check_data(const CheckOptions& options) {
  if (!std::filesystem::exists(options.data + "/store/FORMAT"))
    throw UsageError("--data: there is no store in " + options.data);
  DataFolder folder(options.data);
  folder.lock();
  const storage::Store store(folder.store_directory());
  boost::json::array damaged;
  const auto checked = store.check([&](const storage::Store::Damage& damage) {
    if (options.json) {
      damaged.push_back(boost::json::object{
          {"bucket", damage.bucket}, {"key", damage.key}, {"problem", damage.what}});
    } else if (damage.bucket.empty()) {
      print_line("damaged: " + damage.what);
    } else {
      print_line("damaged: " + damage.bucket + "/" + damage.key + ": " + damage.what);
    }
  });
  if (options.json) {
    print_line(boost::json::serialize(boost::json::object{
        {"objects", checked.objects}, {"bytes", checked.bytes}, {"damaged", std::move(damaged)}}));
  } else {
    print_line(fmt::format("{} objects, {} bytes: {} damaged", checked.objects, checked.bytes,
                           checked.damaged));
  }
  return checked.damaged == 0 ? Exit::done : Exit::failed;
}

}  // namespace signpost::app

#include "gateway/file_access.hpp"

#include "gateway/problem_response.hpp"

namespace signpost::gateway {

net::Task<std::expected<domain::File, http::Problem>> find_file(Request& request,
                                                                const domain::Caller& caller,
                                                                domain::Action action) {
  std::optional<domain::File> file;
  if (auto id = domain::FileId::parse(request.path.get("id"))) {
    auto find = [&] { return request.shared().catalog.find_file(*id); };
    file = co_await request.shared().pool.run(find);
  }
  domain::Decision decision = domain::Decision::not_found;
  if (file) {
    domain::FileFacts facts = domain::facts_of(*file);
    decision = domain::decide(&caller, action, &facts);
  } else {
    decision = domain::decide(&caller, action, nullptr);
  }
  if (decision != domain::Decision::allow) co_return std::unexpected(to_problem(decision));
  if (!file) co_return std::unexpected(not_found());
  co_return *std::move(file);
}

net::Task<std::expected<domain::File, http::Problem>> find_ready_file(
    Request& request, const domain::Caller& caller) {
  auto file = co_await find_file(request, caller, domain::Action::read_content);
  if (file && file->state != domain::FileState::ready)
    co_return std::unexpected(
        problem(409, "not_ready", "The file's upload has not been completed."));
  co_return file;
}

}  // namespace signpost::gateway

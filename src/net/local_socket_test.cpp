#include "net/local_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "base/limits.hpp"
#include "base/random.hpp"

namespace signpost::net {
namespace {

class LocalSocket : public testing::Test {
 protected:
  // Longer than a socket's name may be.
  std::string directory_ = testing::TempDir() + random_hex(8) + "/" + std::string(150, 'd');
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override {
    std::filesystem::remove_all(std::filesystem::path(directory_).parent_path());
  }
};

TEST_F(LocalSocket, AnswersLineByLine) {
  EXPECT_EQ(ask_local(directory_, "s", "x"), std::nullopt);
  EXPECT_EQ(ask_local(directory_ + "/none", "s", "x"), std::nullopt);
  {
    LocalServer server(directory_, "s", [](std::string_view line) {
      if (line == "throw") throw std::runtime_error("as asked");
      return std::string(line.rbegin(), line.rend());
    });
    struct stat found{};
    ASSERT_EQ(::stat((directory_ + "/s").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    EXPECT_EQ(ask_local(directory_, "s", "abc"), "cba");
    EXPECT_EQ(ask_local(directory_, "s", ""), "");
    const std::string large(limits::local_line_bytes - 1, 'x');
    EXPECT_EQ(ask_local(directory_, "s", large), large);
    EXPECT_THROW(ask_local(directory_, "s", "throw"), std::system_error);
    EXPECT_EQ(ask_local(directory_, "s", "still there"), "ereht llits");
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/s"));
  EXPECT_EQ(ask_local(directory_, "s", "x"), std::nullopt);
}

TEST_F(LocalSocket, TakesOverWhatADeadProcessLeft) {
  // A bound name that nobody listens on.
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::chdir(directory_.c_str()), 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "s"};
  ASSERT_EQ(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  ASSERT_EQ(::chdir("/"), 0);
  EXPECT_EQ(ask_local(directory_, "s", "x"), std::nullopt);
  LocalServer server(directory_, "s", [](std::string_view) { return "mine"; });
  EXPECT_EQ(ask_local(directory_, "s", "x"), "mine");
}

TEST_F(LocalSocket, AnEndlessLineIsCut) {
  LocalServer server(directory_, "s", [](std::string_view) { return "no"; });
  EXPECT_THROW(ask_local(directory_, "s", std::string(limits::local_line_bytes + 5000, 'x')),
               std::system_error);
  EXPECT_EQ(ask_local(directory_, "s", "x"), "no");
}

}  // namespace
}  // namespace signpost::net

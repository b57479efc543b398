#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "base/time.hpp"
#include "cli/presign_order.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t longest_line_bytes = 64 * 1024;

UnixSeconds system_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class Batch {
 public:
  Batch(const Signing& signing, const PresignOrder& order)
      : signing_(signing),
        order_(order),
        in_path_(signer_for("-")),
        in_host_(signer_for("b")),
        date_(system_time()) {}

  // All whole lines of `text`; what is left of it. Nothing where a line is wrong.
  bool take(std::string_view& text) {
    date_ = sigv4::AmzDate(system_time());
    while (true) {
      const void* feed = std::memchr(text.data(), '\n', text.size());
      if (feed == nullptr) return true;
      const auto size = static_cast<std::size_t>(static_cast<const char*>(feed) - text.data());
      if (!take_line(text.substr(0, size))) return false;
      text.remove_prefix(size + 1);
    }
  }
  bool take_line(std::string_view line) {
    ++number_;
    const auto url = parse_s3_url(line);
    if (!url) return false;
    if (url->bucket != bucket_) {
      bucket_ = url->bucket;
      const auto addressing = signing_.endpoint_for(bucket_).addressing();
      signer_ = addressing == sigv4::Addressing::virtual_host ? &in_host_ : &in_path_;
    }
    const std::string signed_url = signer_->presign({.method = order_.method,
                                                     .bucket = url->bucket,
                                                     .key = url->key,
                                                     .query = order_.query,
                                                     .signed_fields = order_.fields,
                                                     .date = date_,
                                                     .expires = order_.expires});
    if (order_.json) out_ += number_ == 1 ? "\n\"" : ",\n\"";
    out_ += signed_url;
    out_ += order_.json ? "\"" : "\n";
    if (out_.size() >= block_bytes) flush();
    return true;
  }
  void write(std::string_view text) { out_ += text; }
  void flush() {
    write_out(out_);
    out_.clear();
  }
  std::uint64_t number() const { return number_; }

 private:
  sigv4::Presigner signer_for(std::string_view bucket) const {
    return {signing_.who.credentials, signing_.region, signing_.endpoint_for(bucket)};
  }

  const Signing& signing_;
  const PresignOrder& order_;
  sigv4::Presigner in_path_;  // "-" is no label, so that this one has the bucket in the path
  sigv4::Presigner in_host_;
  const sigv4::Presigner* signer_ = nullptr;
  std::string bucket_;
  sigv4::AmzDate date_;
  std::string out_;
  std::uint64_t number_ = 0;
};

// At most as many bytes as there is room for; 0 at the end.
std::size_t read_some(char* into, std::size_t room) {
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, into, room);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "standard input");
    }
  }
}

bool read_lines(Batch& batch) {
  std::string buffer(block_bytes + longest_line_bytes, '\0');
  std::size_t kept = 0;
  while (true) {
    const std::size_t count =
        read_some(buffer.data() + kept, std::min(block_bytes, buffer.size() - kept));
    std::string_view text(buffer.data(), kept + count);
    if (count == 0) return text.empty() || batch.take_line(text);
    if (!batch.take(text) || text.size() > longest_line_bytes) return false;
    kept = text.size();
    std::memmove(buffer.data(), text.data(), kept);
    batch.flush();  // whoever writes line by line gets each URL at once
  }
}

}  // namespace

Exit presign_batch(const Signing& signing, const PresignOrder& order) {
  Batch batch(signing, order);
  if (order.json) {
    batch.write(fmt::format(R"({{"method":"{}","expires_in":{},"urls":[)", order.method,
                            order.expires.count()));
  }
  const bool good = read_lines(batch);
  if (order.json) batch.write("\n]}\n");
  batch.flush();
  if (good) return Exit::done;
  fmt::print(stderr,
             "signpost: line {} of standard input is no s3://BUCKET/KEY; the URLs before it are "
             "written\n",
             batch.number());
  return Exit::failed;
}

}  // namespace signpost::cli

// What a pre-signed URL costs beside the hash that it cannot do without, and what verifying it
// costs: bench/presign.py prints that beside other signers. CPU nanoseconds of a call, and how
// often it asked the heap.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/verify.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace signpost::sigv4 {
namespace {

// Short rounds, interleaved: what other programs do meanwhile spoils most of them on a busy
// machine, and a burst of a higher clock rate flatters a few. One of the best, and not the very
// best, counts.
constexpr int rounds = 1200;
constexpr int calls_a_round = 1000;

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// One thing to measure, and what a call of it cost in each round.
struct Subject {
  const char* name;
  std::vector<double> nanoseconds = {};
  double allocations_a_call = 0;

  template <class Call>
  void round(Call call) {
    const std::size_t before = allocations;
    const double start = cpu_nanoseconds();
    for (int i = 0; i < calls_a_round; ++i) call(i);
    const double end = cpu_nanoseconds();
    allocations_a_call = static_cast<double>(allocations - before) / calls_a_round;
    nanoseconds.push_back((end - start) / calls_a_round);
  }
  double cost() const {
    std::vector<double> sorted = nanoseconds;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 50];
  }
};

// Keeps the compiler from leaving out what nobody reads.
void keep(const void* memory) {
  asm volatile("" : : "g"(memory) : "memory");
}

// The hash that a URL cannot do without, by OpenSSL's low-level functions alone (docs/adr/0003): of
// a canonical request, and the HMAC of a string to sign whose key's padded blocks are hashed
// before.
class Floor {
 public:
  explicit Floor(std::size_t canonical_size) : canonical_size_(canonical_size) {
    const std::array<char, SHA256_CBLOCK> pad{};
    for (SHA256_CTX* key : {&inner_, &outer_}) {
      SHA256_Init(key);
      SHA256_Update(key, pad.data(), pad.size());
    }
  }
  void hash(int seed) {
    canonical_[0] = static_cast<char>(seed);
    Sha256Digest digest;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, canonical_.data(), canonical_size_);
    SHA256_Final(digest.data(), &state);
    std::ranges::copy(digest, to_sign_.begin());
    state = inner_;
    SHA256_Update(&state, to_sign_.data(), to_sign_.size());
    SHA256_Final(digest.data(), &state);
    state = outer_;
    SHA256_Update(&state, digest.data(), digest.size());
    SHA256_Final(digest.data(), &state);
    keep(&digest);
  }

 private:
  std::size_t canonical_size_;
  std::array<char, 1024> canonical_{};
  std::array<char, 133> to_sign_{};  // of the region us-east-1
  SHA256_CTX inner_, outer_;
};

struct Figures {
  Subject floor{"floor"};
  Subject one_url{"presign"};
  Subject verify{"verify"};
};

constexpr std::size_t canonical_size = 400;  // with the string to sign eleven compressions

const Credentials who{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                      .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
const AmzDate date = *AmzDate::parse("20261124T040506Z");
const FieldView fields[] = {{"Host", "s3.us-east-1.example.com"},
                            {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                            {"Accept", "image/avif,image/webp,*/*"},
                            {"Accept-Encoding", "gzip, deflate, br"}};

// As many keys as a page has pictures, so that no branch is learnt by heart; of the length that
// makes the canonical request the one that the floor hashes.
std::vector<std::string> make_keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < 64; ++i) {
    std::string key = "users/4f0c2a19/photos/2026/11/24/";
    for (std::size_t k = 0; key.size() < 142; ++k)
      key += static_cast<char>('a' + (static_cast<std::size_t>(i) * 7 + k * k) % 26);
    keys.push_back(key + std::to_string(1000 + i) + ".jpg");
  }
  return keys;
}

// The canonical request as the refusal of a wrong signature tells it.
std::size_t canonical_size_of(const Verifier& verifier, RequestView arrived) {
  std::string query(arrived.query);
  query.back() = query.back() == '0' ? '1' : '0';
  arrived.query = query;
  const auto outcome = verifier.verify(arrived, date.time());
  for (const auto& [name, text] : outcome.error().details)
    if (name == "CanonicalRequest") return text.size();
  return 0;
}

Figures measure() {
  const Presigner presigner(
      who, "us-east-1",
      *Endpoint::parse("https://s3.us-east-1.example.com", Addressing::path_style));
  const std::vector<std::string> keys = make_keys();
  const auto request = [&](int i) {
    return PresignRequest{.method = "GET",
                          .bucket = "photos",
                          .key = keys[static_cast<std::size_t>(i) % keys.size()],
                          .date = date,
                          .expires = std::chrono::seconds(180)};
  };
  const auto secret = std::make_shared<const Secret>(who.secret_access_key);
  const Verifier verifier({.region = "us-east-1"}, [&](std::string_view) { return secret; });
  std::vector<std::string> urls;
  std::vector<RequestView> arrived;
  for (std::size_t i = 0; i < keys.size(); ++i)
    urls.push_back(presigner.presign(request(static_cast<int>(i))));
  for (const std::string_view url : urls) {
    const std::size_t slash = url.find('/', 8), question = url.find('?');
    arrived.push_back({.method = "GET",
                       .path = url.substr(slash, question - slash),
                       .query = url.substr(question + 1),
                       .fields = fields});
    const auto outcome = verifier.verify(arrived.back(), date.time());
    if (!outcome || !std::holds_alternative<Verified>(*outcome)) std::abort();
    if (canonical_size_of(verifier, arrived.back()) != canonical_size) std::abort();
  }

  Floor floor(canonical_size);
  Figures out;
  for (int i = 0; i < rounds; ++i) {
    out.floor.round([&](int n) { floor.hash(n); });
    out.one_url.round([&](int n) {
      const std::string made = presigner.presign(request(n));
      keep(made.data());
    });
    out.verify.round([&](int n) {
      const auto verified =
          verifier.verify(arrived[static_cast<std::size_t>(n) % arrived.size()], date.time());
      keep(&verified);
    });
  }
  return out;
}

}  // namespace
}  // namespace signpost::sigv4

// One line for each: name, nanoseconds of CPU, calls of operator new.
int main() {
  const auto figures = signpost::sigv4::measure();
  for (const auto* each : {&figures.floor, &figures.one_url, &figures.verify})
    std::printf("%s\t%.1f\t%.2f\n", each->name, each->cost(), each->allocations_a_call);
}

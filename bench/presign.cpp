// What a pre-signed URL costs beside the hash that it cannot do without. Prints nanoseconds of CPU
// for each, their ratio, and how often the heap was asked. With --check it fails where a figure is
// beyond its bound: URL <= 1.25 x the hash, verifying <= 1.5 x signing, one allocation.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

// A 1.4-GHz-to-5-GHz machine under others' load varies: the least of many short rounds is the cost.
constexpr int rounds = 60;
constexpr int calls_a_round = 20000;

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// One thing to measure, and what it has cost at its best.
struct Subject {
  const char* name;
  double best = 1e18;
  double allocations_a_call = 0;

  template <class Call>
  void round(Call call) {
    const std::size_t before = allocations;
    const double start = cpu_nanoseconds();
    for (int i = 0; i < calls_a_round; ++i) call(i);
    best = std::min(best, (cpu_nanoseconds() - start) / calls_a_round);
    allocations_a_call = static_cast<double>(allocations - before) / calls_a_round;
  }
};

// Keeps the compiler from leaving out what nobody reads.
void keep(const void* memory) {
  asm volatile("" : : "g"(memory) : "memory");
}

struct Figures {
  Subject hash{"11 SHA-256 compressions"};
  Subject one_url{"pre-signed GET"};
  Subject verify{"verify that GET"};
};

Figures measure() {
  const Credentials who{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                        .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
  const Presigner presigner(who, "us-east-1",
                            *Endpoint::parse("https://s3.example.com", Addressing::path_style));
  const AmzDate date = *AmzDate::parse("20261124T040506Z");
  // As many keys as a page has pictures, so that no branch is learnt by heart.
  std::vector<std::string> keys;
  for (int i = 0; i < 64; ++i)
    keys.push_back("photos/2026/11/24/IMG_" + std::to_string(1000 + i) + ".jpg");
  const auto request = [&](int i) {
    return PresignRequest{.method = "GET",
                          .bucket = "photos",
                          .key = keys[static_cast<std::size_t>(i) % keys.size()],
                          .date = date,
                          .expires = std::chrono::seconds(180)};
  };
  const Verifier verifier({.region = "us-east-1"},
                          [&](std::string_view) { return std::optional(who.secret_access_key); });
  const FieldView fields[] = {{"Host", "s3.example.com"},
                              {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                              {"Accept", "image/avif,image/webp,*/*"},
                              {"Accept-Encoding", "gzip, deflate, br"}};
  const std::string url = presigner.presign(request(0));
  const std::size_t slash = url.find('/', 8), question = url.find('?');
  const RequestView arrived{.method = "GET",
                            .path = std::string_view(url).substr(slash, question - slash),
                            .query = std::string_view(url).substr(question + 1),
                            .fields = fields};
  const auto outcome = verifier.verify(arrived, date.time());
  if (!outcome || !std::holds_alternative<Verified>(*outcome)) std::abort();

  // 11 blocks: 10 of text, and the padding.
  std::array<char, 10 * 64> text{};
  Figures out;
  for (int i = 0; i < rounds; ++i) {
    out.hash.round([&](int n) {
      text[0] = static_cast<char>(n);
      const Sha256Digest digest = sha256({text.data(), text.size()});
      keep(&digest);
    });
    out.one_url.round([&](int n) {
      const std::string made = presigner.presign(request(n));
      keep(made.data());
    });
    out.verify.round([&](int) {
      const auto verified = verifier.verify(arrived, date.time());
      keep(&verified);
    });
  }
  return out;
}

bool report(const Figures& figures) {
  const auto line = [](const Subject& subject, const Subject& beside) {
    std::printf("%-26s %8.0f ns %10.0f /s %6.2f x %s %8.2f allocations\n", subject.name,
                subject.best, 1e9 / subject.best, subject.best / beside.best, beside.name,
                subject.allocations_a_call);
  };
  line(figures.hash, figures.hash);
  line(figures.one_url, figures.hash);
  line(figures.verify, figures.one_url);
  return figures.one_url.best <= 1.25 * figures.hash.best &&
         figures.verify.best <= 1.5 * figures.one_url.best &&
         figures.one_url.allocations_a_call <= 1;
}

}  // namespace
}  // namespace signpost::sigv4

int main(int argc, char** argv) {
  const bool good = signpost::sigv4::report(signpost::sigv4::measure());
  const bool check = argc > 1 && std::strcmp(argv[1], "--check") == 0;
  if (check && !good) std::fputs("bench_presign: a figure is beyond its bound\n", stderr);
  return check && !good ? 1 : 0;
}

#include "scan/section-file.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include "scan/crc32c.h"
#include "testing/check.h"

using namespace feimu::scan;
using Problem = SectionFile::Problem;

namespace {

constexpr std::uint32_t kMagic = 0x54534554;

void crcIsCastagnolis() {
  const std::string digits = "123456789";
  CHECK(crc32cPortable(std::as_bytes(std::span(digits))) == 0xE3069283);
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 20'000; size += size < 200 ? 1 : 409) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    CHECK(crc32c(std::as_bytes(std::span(bytes))) == crc32cPortable(std::as_bytes(std::span(bytes))));
  }
}

std::vector<std::byte> sample() {
  SectionWriter writer(kMagic, 3, 77);
  const std::vector<std::uint32_t> numbers{1, 2, 3};
  const std::vector<char16_t> text{u'飞', u'幕'};
  writer.add(1, std::span<const std::uint32_t>(numbers));
  writer.add(2, std::span<const char16_t>(text));
  writer.add(3, std::span<const std::uint64_t>{});
  return writer.finish();
}

void givesBackWhatWasWritten(const std::string& folder) {
  const std::string path = folder + "/sample";
  CHECK(writeAtomically(path, sample()));
  const auto [file, problem] = SectionFile::open(path, kMagic, 3);
  CHECK(problem == Problem::none && file->stamp() == 77);
  CHECK(file->section<std::uint32_t>(1).size() == 3 && file->section<std::uint32_t>(1)[2] == 3);
  CHECK(file->section<char16_t>(2)[1] == u'幕');
  CHECK(file->section<char16_t>(3).empty() && file->section<char16_t>(4).empty());
  CHECK(file->section<std::uint64_t>(1).empty());  // 12 bytes are no whole ones
  // A reader keeps what it has, whatever is written meanwhile.
  CHECK(writeAtomically(path, std::as_bytes(std::span("gone"))));
  CHECK(file->section<std::uint32_t>(1)[0] == 1);
  CHECK(SectionFile::open(path, kMagic, 3).problem == Problem::truncated);
  CHECK(SectionFile::open(folder + "/none", kMagic, 3).problem == Problem::unreadable);
  CHECK(!writeAtomically(folder + "/none/file", sample()));
  std::ofstream(path, std::ios::trunc).close();
  CHECK(SectionFile::open(path, kMagic, 3).problem == Problem::truncated);
}

void refusesWhatIsDamaged() {
  const auto whole = sample();
  CHECK(SectionFile::of(whole, kMagic + 1, 3).problem == Problem::notThisKind);
  CHECK(SectionFile::of(whole, kMagic, 4).problem == Problem::otherVersion);
  for (std::size_t size = 0; size < whole.size(); size++) {
    CHECK(SectionFile::of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, kMagic, 3).problem != Problem::none);
  }
  std::mt19937 random(2);
  for (int round = 0; round < 20'000; round++) {
    auto damaged = whole;
    for (std::size_t times = 1 + random() % 4; times > 0; times--) damaged[random() % 128] = static_cast<std::byte>(random());
    const auto [file, problem] = SectionFile::of(damaged, kMagic, 3);
    if (file) CHECK(file->section<std::byte>(1).size() <= whole.size());
  }
}

}  // namespace

int main() {
  char folder[] = "/tmp/feimu-sections-XXXXXX";
  CHECK(mkdtemp(folder));
  crcIsCastagnolis();
  givesBackWhatWasWritten(folder);
  refusesWhatIsDamaged();
  unlink((std::string(folder) + "/sample").c_str());
  CHECK(rmdir(folder) == 0);
}

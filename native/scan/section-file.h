#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace feimu::scan {

/// One kind of file that is read in place, from a memory map that all processes share:
///
///    0       4        8         12          16        24
///   +-------+--------+---------+-----------+---------+
///   | magic | version| endian  | sections  |  size   |
///   +-------+--------+---------+-----------+---------+
///   | stamp (8 bytes): what it was made from          |
///   +-------+--------+---------+-----------+---------+
///   then for each section: | id u32 | CRC-32C u32 | offset u64 | size u64 |
///   then the sections, each at a multiple of 64 bytes.
///
/// `endian` is 0x01020304 in the machine's own order: a file is used where it was made.
class SectionFile {
 public:
  enum class Problem { none, unreadable, notThisKind, otherVersion, truncated, damaged };

  struct Opened {
    std::shared_ptr<const SectionFile> file;
    Problem problem;
  };

  /// Maps the file and checks header, bounds and the CRC of every section. Any thread.
  static Opened open(const std::string& path, std::uint32_t magic, std::uint32_t version);
  /// The same for bytes in memory.
  static Opened of(std::vector<std::byte> bytes, std::uint32_t magic, std::uint32_t version);
  ~SectionFile();
  SectionFile(const SectionFile&) = delete;
  SectionFile& operator=(const SectionFile&) = delete;

  std::uint64_t stamp() const;
  std::size_t size() const { return bytes_.size(); }

  /// The section as whole elements; empty when it is not there or no multiple of them. Valid as long as the file.
  template <typename T>
  std::span<const T> section(std::uint32_t id) const {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto bytes = raw(id);
    if (bytes.size() % sizeof(T) != 0) return {};
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  SectionFile() = default;
  std::span<const std::byte> raw(std::uint32_t id) const;
  Problem check(std::uint32_t magic, std::uint32_t version) const;

  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
  bool mapped_ = false;
};

const char* describe(SectionFile::Problem problem);

/// Puts the bytes of such a file together.
class SectionWriter {
 public:
  SectionWriter(std::uint32_t magic, std::uint32_t version, std::uint64_t stamp)
      : magic_(magic), version_(version), stamp_(stamp) {}

  template <typename T>
  void add(std::uint32_t id, std::span<const T> elements) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto bytes = std::as_bytes(elements);
    sections_.push_back({id, {bytes.begin(), bytes.end()}});
  }

  std::vector<std::byte> finish() const;

 private:
  struct Section {
    std::uint32_t id;
    std::vector<std::byte> bytes;
  };
  std::uint32_t magic_;
  std::uint32_t version_;
  std::uint64_t stamp_;
  std::vector<Section> sections_;
};

/// Writes a temporary file beside `path`, syncs it and renames it: a reader sees the old or the new one, whatever happens. False: errno says why.
bool writeAtomically(const std::string& path, std::span<const std::byte> bytes);

}  // namespace feimu::scan

#include "scan/section-file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "scan/crc32c.h"

namespace feimu::scan {

namespace {

constexpr std::uint32_t kEndian = 0x01020304;
constexpr std::size_t kAlignment = 64;
constexpr std::uint32_t kMaxSections = 64;

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t endian;
  std::uint32_t sections;
  std::uint64_t size;
  std::uint64_t stamp;
};

struct SectionEntry {
  std::uint32_t id;
  std::uint32_t crc;
  std::uint64_t offset;
  std::uint64_t size;
};

template <typename T>
T read(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

constexpr std::size_t aligned(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

SectionFile::Problem SectionFile::check(std::uint32_t magic, std::uint32_t version) const {
  if (bytes_.size() < sizeof(Header)) return Problem::truncated;
  const auto header = read<Header>(bytes_, 0);
  if (header.magic != magic || header.endian != kEndian) return Problem::notThisKind;
  if (header.version != version) return Problem::otherVersion;
  if (header.size != bytes_.size()) return Problem::truncated;
  if (header.sections > kMaxSections || sizeof(Header) + header.sections * sizeof(SectionEntry) > bytes_.size()) {
    return Problem::damaged;
  }
  for (std::uint32_t i = 0; i < header.sections; i++) {
    const auto entry = read<SectionEntry>(bytes_, sizeof(Header) + i * sizeof(SectionEntry));
    if (entry.offset % kAlignment != 0 || entry.offset > bytes_.size() || entry.size > bytes_.size() - entry.offset ||
        crc32c(bytes_.subspan(entry.offset, entry.size)) != entry.crc) {
      return Problem::damaged;
    }
  }
  return Problem::none;
}

SectionFile::Opened SectionFile::open(const std::string& path, std::uint32_t magic, std::uint32_t version) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {nullptr, Problem::unreadable};
  std::shared_ptr<SectionFile> file(new SectionFile);
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (address != MAP_FAILED) {
      file->bytes_ = {static_cast<const std::byte*>(address), size};
      file->mapped_ = true;
    }
  }
  ::close(descriptor);
  if (!file->mapped_) return {nullptr, status.st_size == 0 ? Problem::truncated : Problem::unreadable};
  if (const auto problem = file->check(magic, version); problem != Problem::none) return {nullptr, problem};
  return {std::move(file), Problem::none};
}

SectionFile::Opened SectionFile::of(std::vector<std::byte> bytes, std::uint32_t magic, std::uint32_t version) {
  std::shared_ptr<SectionFile> file(new SectionFile);
  file->owned_ = std::move(bytes);
  file->bytes_ = file->owned_;
  if (const auto problem = file->check(magic, version); problem != Problem::none) return {nullptr, problem};
  return {std::move(file), Problem::none};
}

SectionFile::~SectionFile() {
  if (mapped_) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::uint64_t SectionFile::stamp() const { return read<Header>(bytes_, 0).stamp; }

std::span<const std::byte> SectionFile::raw(std::uint32_t id) const {
  const auto header = read<Header>(bytes_, 0);
  for (std::uint32_t i = 0; i < header.sections; i++) {
    const auto entry = read<SectionEntry>(bytes_, sizeof(Header) + i * sizeof(SectionEntry));
    if (entry.id == id) return bytes_.subspan(entry.offset, entry.size);
  }
  return {};
}

const char* describe(SectionFile::Problem problem) {
  switch (problem) {
    case SectionFile::Problem::none: return "whole";
    case SectionFile::Problem::unreadable: return "cannot be read";
    case SectionFile::Problem::notThisKind: return "is not a file of this kind";
    case SectionFile::Problem::otherVersion: return "is of another version";
    case SectionFile::Problem::truncated: return "is cut off";
    case SectionFile::Problem::damaged: break;
  }
  return "is damaged";
}

std::vector<std::byte> SectionWriter::finish() const {
  std::size_t size = aligned(sizeof(Header) + sections_.size() * sizeof(SectionEntry));
  std::vector<SectionEntry> entries;
  for (const auto& section : sections_) {
    entries.push_back({section.id, crc32c(section.bytes), size, section.bytes.size()});
    size = aligned(size + section.bytes.size());
  }
  const Header header{magic_, version_, kEndian, static_cast<std::uint32_t>(entries.size()), size, stamp_};
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), &header, sizeof header);
  for (std::size_t i = 0; i < entries.size(); i++) {
    std::memcpy(bytes.data() + sizeof header + i * sizeof(SectionEntry), &entries[i], sizeof(SectionEntry));
    if (!sections_[i].bytes.empty()) {
      std::memcpy(bytes.data() + entries[i].offset, sections_[i].bytes.data(), sections_[i].bytes.size());
    }
  }
  return bytes;
}

bool writeAtomically(const std::string& path, std::span<const std::byte> bytes) {
  const std::string temporary = path + "." + std::to_string(getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return false;
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (count < 0) break;
    written += static_cast<std::size_t>(count);
  }
  const bool whole = written == bytes.size() && fsync(descriptor) == 0;
  ::close(descriptor);
  if (whole && std::rename(temporary.c_str(), path.c_str()) == 0) {
    const auto slash = path.rfind('/');
    const int folder = ::open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), O_RDONLY | O_CLOEXEC);
    if (folder >= 0) {
      fsync(folder);
      ::close(folder);
    }
    return true;
  }
  unlink(temporary.c_str());
  return false;
}

}  // namespace feimu::scan

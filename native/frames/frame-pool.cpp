#include "frames/frame-pool.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

namespace feimu {

namespace {
constexpr std::uint32_t magic = 0x314d4146;  // "FAM1"
constexpr std::size_t pageBytes = 4096;
constexpr std::size_t headerBytes = pageBytes;
std::atomic<std::uint64_t> nextSerial = 1;
constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

/// A dma-buf is made of whole pages.
std::size_t stepBytes(const FrameFormat& format) { return (format.sizeBytes() + pageBytes - 1) & ~(pageBytes - 1); }

constexpr int notAsked = -1;
constexpr int notPossible = -2;

int makeDmaBuf(int memory, std::size_t offset, std::size_t size) {
  const int maker = ::open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
  if (maker < 0) return notPossible;
  udmabuf_create wanted{};
  wanted.memfd = static_cast<__u32>(memory);
  wanted.flags = UDMABUF_FLAGS_CLOEXEC;
  wanted.offset = offset;
  wanted.size = size;
  const int made = ::ioctl(maker, UDMABUF_CREATE, &wanted);
  ::close(maker);
  if (made < 0) return notPossible;
  // The first of these maps the pages; a later one would throw away what lies in the processor's cache.
  const dma_buf_sync begin{DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW};
  ::ioctl(made, DMA_BUF_IOCTL_SYNC, &begin);
  return made;
}
}  // namespace

struct FramePool::Header {
  std::uint32_t magic;
  FrameFormat format;
  alignas(64) std::atomic<std::uint32_t> mailbox;
  alignas(64) FrameInfo info[buffers];
};

std::size_t FramePool::totalBytes(const FrameFormat& format) {
  static_assert(sizeof(Header) <= headerBytes);
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
  return headerBytes + buffers * stepBytes(format);
}

FramePool::FramePool(int descriptor, const FrameFormat& format, Header* header, std::size_t sizeBytes)
    : descriptor_(descriptor), serial_(nextSerial++), format_(format), header_(header), sizeBytes_(sizeBytes) {
  dmaBufs_.fill(notAsked);
}

FramePool::~FramePool() {
  for (const int dmaBuf : dmaBufs_) {
    if (dmaBuf >= 0) ::close(dmaBuf);
  }
  ::munmap(header_, sizeBytes_);
  ::close(descriptor_);
}

std::unique_ptr<FramePool> FramePool::create(const FrameFormat& format) {
  if (!format.isPlausible()) {
    errno = EINVAL;
    return nullptr;
  }
  const int descriptor = ::memfd_create("feimu-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return nullptr;
  const std::size_t size = totalBytes(format);
  // Sealed, so that no one can shrink it under a reader (SIGBUS).
  if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0 || ::fcntl(descriptor, F_ADD_SEALS, seals) != 0) {
    ::close(descriptor);
    return nullptr;
  }
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    ::close(descriptor);
    return nullptr;
  }
  auto* header = new (memory) Header{};
  header->magic = magic;
  header->format = format;
  header->mailbox = 1;
  return std::unique_ptr<FramePool>(new FramePool(descriptor, format, header, size));
}

std::unique_ptr<FramePool> FramePool::map(int descriptor) {
  struct stat status {};
  const int found = ::fcntl(descriptor, F_GET_SEALS);
  if (::fstat(descriptor, &status) != 0 || found < 0 || (found & F_SEAL_SHRINK) == 0 ||
      status.st_size < static_cast<off_t>(headerBytes)) {
    ::close(descriptor);
    return nullptr;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    ::close(descriptor);
    return nullptr;
  }
  auto* header = static_cast<Header*>(memory);
  const FrameFormat format = header->format;  // a copy: what was checked is what is used
  if (header->magic != magic || !format.isPlausible() || totalBytes(format) != size) {
    ::munmap(memory, size);
    ::close(descriptor);
    return nullptr;
  }
  return std::unique_ptr<FramePool>(new FramePool(descriptor, format, header, size));
}

std::byte* FramePool::data(std::uint32_t index) const {
  return reinterpret_cast<std::byte*>(header_) + headerBytes + index * stepBytes(format_);
}

int FramePool::dmaBuf(std::uint32_t index) {
  int& dmaBuf = dmaBufs_.at(index);
  if (dmaBuf == notAsked) dmaBuf = makeDmaBuf(descriptor_, headerBytes + index * stepBytes(format_), stepBytes(format_));
  if (dmaBuf < 0) return -1;
  const dma_buf_sync end{DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW};
  ::ioctl(dmaBuf, DMA_BUF_IOCTL_SYNC, &end);
  return dmaBuf;
}

FrameInfo& FramePool::info(std::uint32_t index) const { return header_->info[index]; }

std::atomic<std::uint32_t>& FramePool::mailbox() const { return header_->mailbox; }

}  // namespace feimu

#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace feimu::scan {

/// CRC-32C (Castagnoli, RFC 3720 §12.1) of the bytes; by the processor's instruction where it has one. Any thread.
std::uint32_t crc32c(std::span<const std::byte> bytes);

/// The same without that instruction.
std::uint32_t crc32cPortable(std::span<const std::byte> bytes);

}  // namespace feimu::scan

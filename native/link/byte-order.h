#pragma once
// Big-endian integers of the wire.
#include <cstdint>
#include <vector>

namespace feimu {

inline std::uint16_t read16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
inline std::uint32_t read24(const std::uint8_t* at) { return std::uint32_t{read16(at)} << 8 | at[2]; }
inline std::uint32_t read32(const std::uint8_t* at) { return std::uint32_t{read16(at)} << 16 | read16(at + 2); }
inline std::uint64_t read64(const std::uint8_t* at) { return std::uint64_t{read32(at)} << 32 | read32(at + 4); }

inline void write16(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void write32(std::uint8_t* at, std::uint32_t value) {
  write16(at, value >> 16);
  write16(at + 2, value);
}
inline void write64(std::uint8_t* at, std::uint64_t value) {
  write32(at, static_cast<std::uint32_t>(value >> 32));
  write32(at + 4, static_cast<std::uint32_t>(value));
}

inline void append16(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void append32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  append16(out, value >> 16);
  append16(out, value);
}
inline void append64(std::vector<std::uint8_t>& out, std::uint64_t value) {
  append32(out, static_cast<std::uint32_t>(value >> 32));
  append32(out, static_cast<std::uint32_t>(value));
}

}  // namespace feimu

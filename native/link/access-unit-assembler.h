#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace feimu {

/// One coded picture in Annex B form.
struct AccessUnit {
  std::vector<std::uint8_t> data;
  bool key = false;             // holds an IDR slice
  std::uint32_t timestamp = 0;  // 90 kHz
  std::int64_t receivedUs = 0;  // first packet
};

/// What an RTP payload holds (RFC 6184), as far as whole pictures are concerned.
struct H264PayloadKind {
  bool key = false;    // an IDR slice, or a part of one
  bool sps = false;    // parameters, which come with an IDR
  bool opens = false;  // access unit delimiter or SPS: only an access unit's first packet holds one
};
H264PayloadKind classifyH264(std::span<const std::uint8_t> payload);

/// Puts RTP payloads (RFC 6184: single NAL unit, STAP-A, FU-A), given in order, together to one access unit.
class AccessUnitAssembler {
 public:
  enum class Result {
    ok,
    malformed,  // not H.264, or larger than any access unit may be
    headless,   // a fragment whose beginning is not there
  };

  void begin(std::uint32_t timestamp, std::int64_t receivedUs);
  /// After anything but `ok` the unit cannot become whole any more.
  Result append(std::span<const std::uint8_t> payload);
  /// A packet is missing here.
  void breakFragment() { inFragment_ = false; }
  /// Ends the unit and takes it out; its `data` is empty when it held nothing or ended inside a fragment.
  AccessUnit finish();

  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] const AccessUnit& unit() const { return unit_; }
  [[nodiscard]] bool inFragment() const { return inFragment_; }
  void reset();

  static constexpr std::size_t maxBytes = 8 << 20;

 private:
  bool appendNal(std::span<const std::uint8_t> nal);

  AccessUnit unit_;
  bool open_ = false;
  bool inFragment_ = false;
  std::size_t likelyBytes_ = 0;
};

}  // namespace feimu

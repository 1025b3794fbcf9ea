#include "link/h264-packetizer.h"

#include "link/h264-splitter.h"
#include "link/rtp-extensions.h"

namespace feimu {

namespace {
constexpr std::size_t maxHeaderBytes = 24;
}

std::vector<std::uint8_t>& H264Packetizer::begin(std::vector<std::vector<std::uint8_t>>& packets,
                                                 std::uint32_t timestamp) {
  const auto noDelay = makePlayoutDelay({0, 0});
  const RtpExtension extension{options_.playoutDelayId, noDelay};
  RtpHeader header;
  header.sequence = sequence_++;
  header.timestamp = timestamp;
  header.ssrc = options_.ssrc;
  header.payloadType = options_.payloadType;
  auto& packet = packets.emplace_back();
  packet.reserve(maxHeaderBytes + options_.maxPayloadBytes);
  packet.resize(maxHeaderBytes);
  packet.resize(writeRtpHeader(header, {&extension, 1}, packet));
  return packet;
}

std::vector<std::vector<std::uint8_t>> H264Packetizer::packetize(std::span<const std::uint8_t> annexB,
                                                                 std::uint32_t timestamp) {
  std::vector<std::vector<std::uint8_t>> packets;
  H264Splitter splitter(annexB, options_.maxPayloadBytes);
  for (H264Payload payload; splitter.next(payload);) {
    auto& packet = begin(packets, timestamp);
    if (payload.last) packet[1] |= 0x80;
    packet.resize(packet.size() + payload.sizeBytes);
    payload.write(packet.data() + packet.size() - payload.sizeBytes);
  }
  return packets;
}

}  // namespace feimu

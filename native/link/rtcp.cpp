#include "link/rtcp.h"

#include <algorithm>
#include <utility>

#include "link/byte-order.h"

namespace feimu {

namespace {

enum PacketType : std::uint8_t { senderReport = 200, receiverReport = 201, transportLayer = 205, payloadSpecific = 206 };
enum Format : std::uint8_t { nack = 1, congestion = 11, transportWide = 15, pictureLoss = 1, fullIntra = 4 };
constexpr std::size_t headerBytes = 4;
constexpr std::size_t blockBytes = 24;
constexpr std::size_t maxBlocks = 31;

std::vector<ReportBlock> readBlocks(std::span<const std::uint8_t> bytes, std::size_t count) {
  std::vector<ReportBlock> blocks(count);
  for (std::size_t i = 0; i < count; i++) {
    const std::uint8_t* at = &bytes[i * blockBytes];
    // The number lost is sign extended from 24 bits: duplicates can make it negative.
    blocks[i] = {read32(at),      at[4],           static_cast<std::int32_t>(read24(at + 5) << 8) >> 8,
                 read32(at + 8),  read32(at + 12), read32(at + 16), read32(at + 20)};
  }
  return blocks;
}

void appendBlocks(const std::vector<ReportBlock>& blocks, std::vector<std::uint8_t>& out) {
  for (const ReportBlock& block : blocks) {
    append32(out, block.ssrc);
    const auto lost = static_cast<std::uint32_t>(std::clamp(block.cumulativeLost, -0x80'0000, 0x7f'ffff)) & 0xff'ffff;
    append32(out, std::uint32_t{block.fractionLost} << 24 | lost);
    append32(out, block.highestSequence);
    append32(out, block.jitter);
    append32(out, block.lastSenderReport);
    append32(out, block.delaySinceSenderReport);
  }
}

bool parseSenderReport(std::span<const std::uint8_t> body, std::size_t count, std::vector<RtcpMessage>& out) {
  constexpr std::size_t fixed = 24;
  if (body.size() < fixed + count * blockBytes) return false;
  out.push_back(SenderReport{read32(&body[0]), read64(&body[4]), read32(&body[12]), read32(&body[16]), read32(&body[20]),
                             readBlocks(body.subspan(fixed), count)});
  return true;
}

bool parseReceiverReport(std::span<const std::uint8_t> body, std::size_t count, std::vector<RtcpMessage>& out) {
  if (body.size() < 4 + count * blockBytes) return false;
  out.push_back(ReceiverReport{read32(&body[0]), readBlocks(body.subspan(4), count)});
  return true;
}

bool parseNack(std::span<const std::uint8_t> body, std::vector<RtcpMessage>& out) {
  if (body.size() < 12 || body.size() % 4 != 0) return false;
  Nack message{read32(&body[0]), read32(&body[4]), {}};
  for (std::size_t at = 8; at < body.size(); at += 4) {
    const std::uint16_t first = read16(&body[at]);
    message.sequences.push_back(first);
    const std::uint16_t following = read16(&body[at + 2]);
    for (int bit = 0; bit < 16; bit++) {
      if ((following >> bit & 1) != 0) message.sequences.push_back(static_cast<std::uint16_t>(first + 1 + bit));
    }
  }
  out.push_back(std::move(message));
  return true;
}

bool parseFullIntraRequest(std::span<const std::uint8_t> body, std::vector<RtcpMessage>& out) {
  if (body.size() < 16 || body.size() % 8 != 0) return false;
  for (std::size_t at = 8; at < body.size(); at += 8) {
    out.push_back(KeyFrameRequest{read32(&body[0]), read32(&body[at]), true, body[at + 4]});
  }
  return true;
}

template <typename Message>
bool append(std::optional<Message> message, std::vector<RtcpMessage>& out) {
  if (!message) return false;
  out.push_back(std::move(*message));
  return true;
}

/// Takes what it reports off `reportsLeft`.
bool parseTransportWide(std::span<const std::uint8_t> body, std::size_t& reportsLeft, std::vector<RtcpMessage>& out) {
  auto feedback = parseTransportFeedback(body, reportsLeft);
  if (feedback) reportsLeft -= feedback->packets.size();
  return append(std::move(feedback), out);
}

/// One packet of a compound, its header and padding taken off.
bool parseBody(std::uint8_t type, std::uint8_t format, std::span<const std::uint8_t> body, std::size_t& reportsLeft,
               std::vector<RtcpMessage>& out) {
  if (type == senderReport) return parseSenderReport(body, format, out);
  if (type == receiverReport) return parseReceiverReport(body, format, out);
  if (type == transportLayer && format == nack) return parseNack(body, out);
  if (type == transportLayer && format == transportWide) return parseTransportWide(body, reportsLeft, out);
  if (type == transportLayer && format == congestion) return append(parseCongestionFeedback(body), out);
  if (type == payloadSpecific && format == pictureLoss) {
    if (body.size() < 8) return false;
    out.push_back(KeyFrameRequest{read32(&body[0]), read32(&body[4]), false, 0});
    return true;
  }
  if (type == payloadSpecific && format == fullIntra) return parseFullIntraRequest(body, out);
  return true;
}

/// Writes what follows the header. Each gives its packet type and format (or count), or false.
struct BodyWriter {
  std::vector<std::uint8_t>& out;
  std::uint8_t type = 0;
  std::uint8_t format = 0;

  bool begin(std::uint8_t packetType, std::size_t formatOrCount) {
    type = packetType;
    format = static_cast<std::uint8_t>(formatOrCount);
    return true;
  }
  bool operator()(const SenderReport& report) {
    if (report.blocks.size() > maxBlocks) return false;
    append32(out, report.ssrc);
    append64(out, report.ntp);
    append32(out, report.timestamp);
    append32(out, report.packets);
    append32(out, report.octets);
    appendBlocks(report.blocks, out);
    return begin(senderReport, report.blocks.size());
  }
  bool operator()(const ReceiverReport& report) {
    if (report.blocks.size() > maxBlocks) return false;
    append32(out, report.ssrc);
    appendBlocks(report.blocks, out);
    return begin(receiverReport, report.blocks.size());
  }
  bool operator()(const Nack& message) {
    if (message.sequences.empty()) return false;
    append32(out, message.senderSsrc);
    append32(out, message.mediaSsrc);
    std::uint16_t first = message.sequences.front();
    std::uint32_t following = 0;
    for (const std::uint16_t sequence : message.sequences) {
      const auto ahead = static_cast<std::uint16_t>(sequence - first);
      if (ahead > 16) {
        append32(out, std::uint32_t{first} << 16 | following);
        first = sequence;
        following = 0;
      } else if (ahead > 0) {
        following |= 1u << (ahead - 1);
      }
    }
    append32(out, std::uint32_t{first} << 16 | following);
    return begin(transportLayer, nack);
  }
  bool operator()(const KeyFrameRequest& message) {
    append32(out, message.senderSsrc);
    if (!message.full) {
      append32(out, message.mediaSsrc);
      return begin(payloadSpecific, pictureLoss);
    }
    append32(out, 0);
    append32(out, message.mediaSsrc);
    append32(out, std::uint32_t{message.command} << 24);
    return begin(payloadSpecific, fullIntra);
  }
  bool operator()(const TransportFeedback& message) {
    return writeTransportFeedback(message, out) && begin(transportLayer, transportWide);
  }
  bool operator()(const CongestionFeedback& message) {
    return writeCongestionFeedback(message, out) && begin(transportLayer, congestion);
  }
};

}  // namespace

bool parseRtcp(std::span<const std::uint8_t> bytes, std::vector<RtcpMessage>& out) {
  bool sound = !bytes.empty();
  // A run length says 8,191 packets in 24 bytes: a datagram full of them must not cost sixty times as much as one.
  std::size_t reportsLeft = TransportFeedback::maxPackets;
  while (!bytes.empty()) {
    if (bytes.size() < headerBytes || bytes[0] >> 6 != 2) return false;
    const std::size_t size = (std::size_t{read16(&bytes[2])} + 1) * 4;
    if (size > bytes.size()) return false;
    std::size_t end = size;
    if ((bytes[0] & 0x20) != 0) {
      // No whole words (RFC 3550 §6.4.1 asks for them): libwebrtc pads its transport-wide feedback so.
      const std::size_t padding = bytes[size - 1];
      if (padding == 0 || headerBytes + padding > size) return false;
      end -= padding;
    }
    sound = parseBody(bytes[1], bytes[0] & 0x1f, bytes.subspan(headerBytes, end - headerBytes), reportsLeft, out) && sound;
    bytes = bytes.subspan(size);
  }
  return sound;
}

bool writeRtcp(const RtcpMessage& message, std::vector<std::uint8_t>& out, std::size_t maxBytes) {
  const std::size_t begin = out.size();
  out.resize(begin + headerBytes);
  BodyWriter writer{out};
  bool written = std::visit(writer, message);
  out.resize(begin + (out.size() - begin + 3) / 4 * 4);
  const std::size_t size = out.size() - begin;
  written = written && size <= maxBytes && size / 4 - 1 <= 0xffff;
  if (!written) {
    out.resize(begin);
    return false;
  }
  out[begin] = 0x80 | writer.format;
  out[begin + 1] = writer.type;
  write16(&out[begin + 2], static_cast<std::uint32_t>(size / 4 - 1));
  return true;
}

bool isRtcp(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= headerBytes && bytes[0] >> 6 == 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

}  // namespace feimu

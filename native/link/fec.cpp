#include "link/fec.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "link/reed-solomon.h"

namespace feimu {
namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kMaxMediaBytes = 0x7fff;
constexpr std::size_t kMaxPrefixBytes = 16;

void put16(std::uint8_t* at, std::size_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
std::uint16_t get16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }

void putLength(std::uint8_t* at, bool marker, std::size_t bytes) { put16(at, (marker ? 0x8000u : 0u) | bytes); }

std::uint8_t coefficient(std::size_t parity, std::size_t data) {
  return rsCoefficient(static_cast<std::uint8_t>(parity), static_cast<std::uint8_t>(data));
}

}  // namespace

std::span<const std::span<const std::uint8_t>> FecEncoder::encode(std::uint16_t baseSequence,
                                                                  std::span<const FecMedia> packets,
                                                                  std::size_t parityPackets) {
  payloads_.clear();
  const std::size_t media = packets.size();
  if (media == 0 || media > kFecMaxMediaPackets || parityPackets == 0) return {};
  for (const FecMedia& packet : packets)
    if (packet.prefix.size() > kMaxPrefixBytes || packet.prefix.size() + packet.payload.size() > kMaxMediaBytes) return {};

  std::size_t parity = std::min(parityPackets, kFecMaxParityPackets);
  std::size_t stride = 1;
  const auto share = [&stride](std::size_t total, std::size_t block) { return (total - block + stride - 1) / stride; };
  while (share(media, 0) + share(parity, 0) > 255) stride++;
  parity = std::max(parity, stride);

  // Of the whole unit: its packets are all but one equally long, and blocks of one frame then differ in nothing.
  std::size_t symbolBytes = 0;
  for (const FecMedia& packet : packets)
    symbolBytes = std::max(symbolBytes, kLengthBytes + packet.prefix.size() + packet.payload.size());
  const std::size_t payloadBytes = kFecHeaderBytes + symbolBytes;
  bytes_.assign(parity * payloadBytes, 0);

  for (std::size_t n = 0; n < parity; n++) {
    const std::size_t block = n % stride;
    std::uint8_t* header = bytes_.data() + n * payloadBytes;
    put16(header, (baseSequence + block) & 0xffff);
    header[2] = static_cast<std::uint8_t>(share(media, block));
    header[3] = static_cast<std::uint8_t>(share(parity, block));
    header[4] = static_cast<std::uint8_t>(n / stride);
    header[5] = static_cast<std::uint8_t>(stride);
    put16(header + 6, symbolBytes);
    payloads_.emplace_back(header, payloadBytes);
  }
  for (std::size_t i = 0; i < media; i++) {
    const FecMedia& packet = packets[i];
    std::array<std::uint8_t, kLengthBytes + kMaxPrefixBytes> head;
    const std::size_t headBytes = kLengthBytes + packet.prefix.size();
    putLength(head.data(), packet.marker, packet.prefix.size() + packet.payload.size());
    std::copy(packet.prefix.begin(), packet.prefix.end(), head.begin() + kLengthBytes);
    for (std::size_t n = i % stride; n < parity; n += stride) {
      const std::uint8_t factor = coefficient(n / stride, i / stride);
      std::uint8_t* symbol = bytes_.data() + n * payloadBytes + kFecHeaderBytes;
      rsMultiplyAdd(symbol, head.data(), headBytes, factor);
      rsMultiplyAdd(symbol + headBytes, packet.payload.data(), packet.payload.size(), factor);
    }
  }
  return payloads_;
}

FecDecoder::FecDecoder() : FecDecoder(Options{}) {}

FecDecoder::FecDecoder(const Options& options)
    : symbolBytes_(kLengthBytes + options.maxPayloadBytes),
      media_(options.windowPackets),
      mediaSymbols_(options.windowPackets * symbolBytes_),
      parity_(options.parityPackets),
      paritySymbols_(options.parityPackets * symbolBytes_),
      blocks_(options.blocks) {
  assert(std::has_single_bit(options.windowPackets) && options.windowPackets <= 32768);
  assert(options.parityPackets >= kFecMaxParityPackets && options.blocks > 0);
  assert(options.maxPayloadBytes <= kMaxMediaBytes);
  recovered_.reserve(255);
}

void FecDecoder::reset() {
  std::fill(media_.begin(), media_.end(), Media{});
  std::fill(parity_.begin(), parity_.end(), Parity{});
  std::fill(blocks_.begin(), blocks_.end(), Block{});
  recovered_.clear();
}

std::uint8_t* FecDecoder::mediaSymbol(std::uint16_t sequence) {
  return mediaSymbols_.data() + (sequence & (media_.size() - 1)) * symbolBytes_;
}

bool FecDecoder::held(std::uint16_t sequence, std::uint32_t timestamp) {
  // A packet left over from the last time around has another timestamp.
  const Media& slot = media(sequence);
  return slot.held && slot.sequence == sequence && slot.timestamp == timestamp;
}

std::span<const FecRecovered> FecDecoder::onMedia(std::uint16_t sequence, std::uint32_t timestamp, bool marker,
                                                  std::span<const std::uint8_t> payload) {
  recovered_.clear();
  if (kLengthBytes + payload.size() > symbolBytes_) {
    stats_.malformed++;
    return {};
  }
  if (held(sequence, timestamp)) {
    stats_.duplicates++;
    return {};
  }
  stats_.media++;
  media(sequence) = {true, sequence, timestamp,
                                            static_cast<std::uint16_t>(kLengthBytes + payload.size())};
  std::uint8_t* symbol = mediaSymbol(sequence);
  putLength(symbol, marker, payload.size());
  std::copy(payload.begin(), payload.end(), symbol + kLengthBytes);
  for (std::size_t i = 0; i < blocks_.size(); i++) {
    const Block& block = blocks_[i];
    if (!block.used || block.done || block.timestamp != timestamp) continue;
    const std::size_t offset = static_cast<std::uint16_t>(sequence - block.header.base);
    if (offset % block.header.stride == 0 && offset / block.header.stride < block.header.k) repair(i);
  }
  return recovered_;
}

std::span<const FecRecovered> FecDecoder::onParity(std::uint32_t timestamp, std::span<const std::uint8_t> payload) {
  recovered_.clear();
  Header header;
  if (!parse(payload, header)) {
    stats_.malformed++;
    return {};
  }
  const std::size_t block = findBlock(timestamp, header);
  if (!blocks_[block].header.sameBlock(header)) {
    stats_.conflicting++;
    return {};
  }
  if (blocks_[block].done) {
    stats_.unneeded++;
    return {};
  }
  std::size_t slot = kNone;
  for (std::size_t i = 0; i < parity_.size(); i++) {
    if (parity_[i].block == kNone) slot = i;
    if (parity_[i].block == block && parity_[i].index == header.index) {
      stats_.duplicates++;
      return {};
    }
  }
  if (slot == kNone) slot = evictOldest(block);
  stats_.parity++;
  parity_[slot] = {block, header.index};
  const auto symbol = payload.subspan(kFecHeaderBytes);
  std::copy(symbol.begin(), symbol.end(), paritySymbol(slot));
  blocks_[block].parity++;
  repair(block);
  return recovered_;
}

bool FecDecoder::parse(std::span<const std::uint8_t> payload, Header& header) const {
  if (payload.size() < kFecHeaderBytes + kLengthBytes) return false;
  header.base = get16(payload.data());
  header.k = payload[2];
  header.m = payload[3];
  header.index = payload[4];
  header.stride = payload[5];
  header.symbolBytes = get16(payload.data() + 6);
  return header.k > 0 && header.index < header.m && header.k + header.m <= 255 && header.stride > 0 &&
         (header.k - 1u) * header.stride < media_.size() && header.symbolBytes <= symbolBytes_ &&
         payload.size() == kFecHeaderBytes + header.symbolBytes;
}

std::size_t FecDecoder::findBlock(std::uint32_t timestamp, const Header& header) {
  std::size_t place = 0;
  for (std::size_t i = 0; i < blocks_.size(); i++) {
    const Block& block = blocks_[i];
    if (block.used && block.timestamp == timestamp && block.header.base == header.base) return i;
    if (block.age < blocks_[place].age) place = i;
  }
  releaseParity(place);
  blocks_[place] = {true, false, timestamp, header, ++age_, 0};
  return place;
}

void FecDecoder::releaseParity(std::size_t block) {
  for (Parity& parity : parity_)
    if (parity.block == block) parity.block = kNone;
  blocks_[block].parity = 0;
}

std::size_t FecDecoder::evictOldest(std::size_t except) {
  // A block that waits holds less parity than it lacks, at most 127: with 254 slots taken, another holds some.
  std::size_t oldest = kNone;
  for (std::size_t i = 0; i < blocks_.size(); i++)
    if (i != except && blocks_[i].parity > 0 && (oldest == kNone || blocks_[i].age < blocks_[oldest].age)) oldest = i;
  assert(oldest != kNone);
  releaseParity(oldest);
  blocks_[oldest] = {};
  const auto free = std::find_if(parity_.begin(), parity_.end(), [](const Parity& slot) { return slot.block == kNone; });
  return static_cast<std::size_t>(free - parity_.begin());
}

void FecDecoder::repair(std::size_t index) {
  Block& block = blocks_[index];
  const Header& header = block.header;
  std::array<std::uint8_t, 255> lost;
  std::size_t lostCount = 0;
  bool fits = true;
  for (std::size_t data = 0; data < header.k; data++) {
    const std::uint16_t sequence = header.sequence(data);
    if (!held(sequence, block.timestamp))
      lost[lostCount++] = static_cast<std::uint8_t>(data);
    else if (media(sequence).bytes > header.symbolBytes)
      fits = false;
  }
  if (fits && lostCount > block.parity) return;
  block.done = true;
  if (!fits)
    stats_.corrupt++;
  else if (lostCount > 0)
    solve(index, {lost.data(), lostCount});
  releaseParity(index);
}

void FecDecoder::solve(std::size_t index, std::span<const std::uint8_t> lost) {
  const Block& block = blocks_[index];
  const Header& header = block.header;
  std::array<std::uint8_t, 127> rows;
  std::array<const std::uint8_t*, 127> syndromes;
  std::array<std::uint8_t*, 127> into;
  std::size_t count = 0;
  for (std::size_t slot = 0; slot < parity_.size() && count < lost.size(); slot++) {
    if (parity_[slot].block != index) continue;
    rows[count] = parity_[slot].index;
    syndromes[count] = paritySymbol(slot);
    for (std::size_t data = 0, next = 0; data < header.k; data++) {
      if (next < lost.size() && lost[next] == data) {
        next++;
        continue;
      }
      const std::uint16_t sequence = header.sequence(data);
      rsMultiplyAdd(paritySymbol(slot), mediaSymbol(sequence), media(sequence).bytes,
                    coefficient(rows[count], data));
    }
    count++;
  }
  for (std::size_t n = 0; n < count; n++) {
    into[n] = mediaSymbol(header.sequence(lost[n]));
    std::fill_n(into[n], header.symbolBytes, std::uint8_t{0});
    media(header.sequence(lost[n])).held = false;
  }
  rsSolve({rows.data(), count}, lost, {syndromes.data(), count}, {into.data(), count}, header.symbolBytes);

  // Symbols that do not belong together solve to noise: its lengths or its padding hardly ever fit.
  for (std::size_t n = 0; n < count; n++) {
    const std::size_t used = kLengthBytes + (get16(into[n]) & kMaxMediaBytes);
    if (used > header.symbolBytes ||
        std::any_of(into[n] + used, into[n] + header.symbolBytes, [](std::uint8_t byte) { return byte != 0; })) {
      stats_.corrupt++;
      return;
    }
  }
  for (std::size_t n = 0; n < count; n++) {
    const std::uint16_t sequence = header.sequence(lost[n]);
    const std::size_t bytes = get16(into[n]) & kMaxMediaBytes;
    media(sequence) = {true, sequence, block.timestamp,
                                              static_cast<std::uint16_t>(kLengthBytes + bytes)};
    recovered_.push_back({sequence, block.timestamp, (into[n][0] & 0x80) != 0, {into[n] + kLengthBytes, bytes}});
    stats_.recovered++;
  }
}

}  // namespace feimu

#include "link/sim/media-flow.h"

#include <algorithm>
#include <array>

#include "link/fixed-controller.h"
#include "link/sim/frame-trace.h"

namespace feimu {

namespace {
constexpr std::int64_t frameUs = 1'000'000 / FrameTrace::framesPerSecond;
constexpr std::size_t maxPayloadBytes = 1'180;
constexpr std::uint32_t overheadBytes = SimulatedPath::overheadBytes;
constexpr std::uint8_t mediaPayloadType = 96;
/// The receiver's clock begins somewhere else.
constexpr std::int64_t receiverClockUs = 7'000'000'000;
/// RTP header and extensions, IP, UDP.
constexpr std::uint32_t packetBytes = 48;

std::unique_ptr<CongestionController> makeController(const MediaFlow::Options& options) {
  if (options.fixedBps > 0) return std::make_unique<FixedController>(options.fixedBps);
  BbrOptions bbr = options.bbr;
  bbr.minBps = options.minBps;
  bbr.maxBps = options.maxBps;
  bbr.frameUs = frameUs;
  bbr.seed = options.seed;
  return std::make_unique<BbrController>(bbr);
}

std::uint32_t withHeaders(std::uint32_t bytes) {
  return bytes + (bytes + static_cast<std::uint32_t>(maxPayloadBytes) - 1) / static_cast<std::uint32_t>(maxPayloadBytes) * packetBytes;
}

/// Something that is H.264 by its looks.
std::vector<std::uint8_t> picture(std::size_t bytes, bool key, bool first) {
  std::vector<std::uint8_t> data;
  data.reserve(bytes + 24);
  if (key && first) {
    for (const std::uint8_t byte : {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80}) data.push_back(byte);
  }
  // first_mb_in_slice: ue(0) is the bit 1; a later slice begins at another block.
  for (const int byte : {0, 0, 0, 1, key ? 0x65 : 0x41, first ? 0x88 : 0x48}) data.push_back(static_cast<std::uint8_t>(byte));
  data.resize(std::max(data.size() + 1, bytes), 0xa5);
  return data;
}
}  // namespace

MediaFlow::MediaFlow(Simulation& simulation, std::unique_ptr<FlowPath> path, const Options& options)
    : simulation_(simulation),
      path_(std::move(path)),
      options_(options),
      budget_({.frameUs = frameUs,
               .minKbps = static_cast<std::uint32_t>(options.minBps * 0.9 / 1e3),
               .maxKbps = static_cast<std::uint32_t>(options.maxBps / 1e3)}) {
  LinkSender::Options sending;
  sending.pacing = options.pacing;
  sending.pacingOfMedia = options.pacingOfMedia;
  sending.rtx = options.rtx;
  sending.fec = options.fec;
  sending.frameUs = frameUs;
  sending.overheadBytes = overheadBytes;
  sending.unixOffsetUs = 1'600'000'000'000'000;
  sender_ = std::make_unique<LinkSender>(sending, ring_, makeController(options));
  LinkReceiver::Options receiving;
  receiving.feedback = options.feedback;
  receiving.nack = options.rtx;
  receiving.deadlineUs = 140'000;
  receiver_ = LinkReceiver::make(receiving, [this](AccessUnit&& unit) {
    const std::size_t number = unit.timestamp / 3'000;
    if (number >= traces_.frames.size()) return;
    traces_.frames[number].doneUs = simulation_.nowUs();
    for (; shown_ < number; shown_++) traces_.frames[shown_].overtakenUs = simulation_.nowUs();
  });
  path_->onArrival(
      [this](std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) {
        const auto packet = parseRtp(bytes);
        traces_.mediaArrived += packet && packet->payloadType == mediaPayloadType ? 1 : 0;
        traces_.receivedBytes += static_cast<std::int64_t>(bytes.size() + overheadBytes);
        receiver_->onPacket(bytes, arrivedUs + receiverClockUs, ecn);
        pumpReceiver();
      },
      [this](std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t) {
        sender_->onPacket(bytes, arrivedUs, 0);
        pump();
      });
  nextKbps_ = sender_->state().mediaBps.load() * 0.9 / 1e3;
  simulation_.at(options.beginUs, [this] { capture(); });
  simulation_.at(options.beginUs, [this] { sample(); });
}

bool MediaFlow::dead(std::int64_t nowUs) const {
  return nowUs >= options_.feedbackDeadFromUs && nowUs < options_.feedbackDeadToUs;
}

void MediaFlow::capture() {
  const std::int64_t now = simulation_.nowUs();
  if (now >= options_.endUs) return;
  simulation_.at(now + frameUs, [this] { capture(); });
  const std::size_t number = traces_.frames.size();
  traces_.frames.push_back({.captureUs = now, .pushedUs = now});
  traces_.frames.back().mostBytes = withHeaders(FrameTrace::bytes(number + options_.traceOffset, options_.maxBps * 1.15, false));
  if (now >= options_.pauseFromUs && now < options_.pauseToUs) return;
  const FrameOrder order = budget_.next(sender_->state(), ring_.unsentBytes(), now);
  // The encoder follows a new rate one frame later; a frame's own cap and its being left out hold at once.
  const double kbps = nextKbps_;
  nextKbps_ = order.kbps;
  if (order.skip) return;
  const bool key = order.key || broken_ || FrameTrace::cut(number + options_.traceOffset);
  broken_ = false;
  std::size_t bytes = FrameTrace::bytes(number + options_.traceOffset, std::min(kbps, double(order.kbps) * 1.5) * 1e3, key);
  if (order.maxBytes > 0) bytes = std::min<std::size_t>(bytes, order.maxBytes);
  budget_.onEncoded(bytes);
  Frame& frame = traces_.frames.back();
  frame.key = key;
  const int slices = std::clamp<int>(options_.slices, 1, static_cast<int>(bytes / 200 + 1));
  for (int i = 0; i < slices; i++) {
    auto slice = std::make_shared<EncodedFrame>();
    slice->data = picture(bytes / static_cast<std::size_t>(slices), key, i == 0);
    slice->number = static_cast<std::int64_t>(number);
    slice->timestamp = static_cast<std::uint32_t>(number * 3'000);
    slice->captureUs = now;
    slice->key = key;
    slice->first = i == 0;
    slice->last = i + 1 == slices;
    const auto packets = static_cast<std::uint32_t>((slice->data.size() + maxPayloadBytes - 1) / maxPayloadBytes);
    frame.sizeBytes += static_cast<std::uint32_t>(slice->data.size()) + packets * packetBytes;
    const std::int64_t at = now + options_.encodeUs * (i + 1) / slices;
    frame.pushedUs = at;
    simulation_.at(at, [this, slice] { pushSlice(slice); });
  }
}

void MediaFlow::pushSlice(const std::shared_ptr<EncodedFrame>& slice) {
  if (!ring_.push(slice, simulation_.nowUs(), maxPayloadBytes)) broken_ = true;
  pump();
}

void MediaFlow::pump() {
  const std::int64_t now = simulation_.nowUs();
  pumpAtUs_ = INT64_MAX;
  std::array<std::uint8_t, 1500> buffer{};
  while (const std::size_t size = sender_->next(now, buffer)) {
    const std::span<const std::uint8_t> bytes{buffer.data(), size};
    const auto packet = parseRtp(bytes);
    const auto wire = static_cast<std::uint32_t>(size + overheadBytes);
    if (dead(now) || path_->dark()) traces_.bytesInDark += wire;
    if (packet && packet->payloadType == mediaPayloadType) {
      const RingPacket* kept = ring_.find(packet->sequence);
      const std::int64_t waited = kept != nullptr ? now - kept->pushedUs : 0;
      traces_.packets.push_back({now, static_cast<float>(static_cast<double>(waited + path_->queueDelayUs()) / 1e3)});
      traces_.mediaSent++;
    }
    path_->send(bytes);
  }
  const std::int64_t at = std::max(sender_->wakeUs(), now + 1);
  if (at < pumpAtUs_ && now < options_.endUs + 1'000'000) {
    pumpAtUs_ = at;
    simulation_.at(at, [this, at] { if (pumpAtUs_ == at) pump(); });
  }
}

void MediaFlow::pumpReceiver() {
  const std::int64_t now = simulation_.nowUs();
  receiverAtUs_ = INT64_MAX;
  std::array<std::uint8_t, 1200> buffer{};
  while (const std::size_t size = receiver_->next(now + receiverClockUs, buffer)) {
    if (dead(now)) continue;
    path_->sendBack({buffer.data(), size});
  }
  const std::int64_t at = receiver_->wakeUs() == INT64_MAX ? INT64_MAX : std::max(receiver_->wakeUs() - receiverClockUs, now + 100);
  if (at != INT64_MAX && now < options_.endUs + 1'000'000) {
    receiverAtUs_ = at;
    simulation_.at(at, [this, at] { if (receiverAtUs_ == at) pumpReceiver(); });
  }
}

void MediaFlow::addPathQueue(const std::function<std::int64_t(std::int64_t)>& queueUs) {
  for (PacketTime& packet : traces_.packets) packet.queueMs += static_cast<float>(static_cast<double>(queueUs(packet.sentUs)) / 1e3);
}

void MediaFlow::sample() {
  const std::int64_t now = simulation_.nowUs();
  if (now >= options_.endUs) return;
  simulation_.at(now + 100'000, [this] { sample(); });
  const LinkSender::Stats stats = sender_->stats();
  const double receivedBps = static_cast<double>(traces_.receivedBytes - sampledBytes_) * 80;
  sampledBytes_ = traces_.receivedBytes;
  const double queueMs = traces_.packets.empty() ? 0 : static_cast<double>(traces_.packets.back().queueMs);
  const auto received = receiver_->stats();
  traces_.samples.push_back({now, stats.target.mediaBps, stats.target.pacingBps, receivedBps, queueMs,
                             static_cast<double>(stats.rttUs) / 1e3, received.packets > 0 ? double(received.lost) / double(received.packets) : 0,
                             stats.target.state});
}

}  // namespace feimu

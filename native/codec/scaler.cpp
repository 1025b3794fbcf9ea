#include "codec/scaler.h"

#include <array>

extern "C" {
#include <libswscale/swscale.h>
}

namespace feimu {

struct Scaler::Context {
  SwsContext* sws = nullptr;
  ~Context() { sws_freeContext(sws); }
};

Scaler::Scaler() : context_(std::make_unique<Context>()) {}
Scaler::~Scaler() = default;

std::optional<PictureView> Scaler::scale(const PictureView& picture, const FrameFormat& wanted) {
  const auto size = [](std::uint32_t value) { return static_cast<int>(value); };
  const FrameFormat& from = picture.format;
  // The same one again, when nothing changed.
  context_->sws = sws_getCachedContext(context_->sws, size(from.width), size(from.height), AV_PIX_FMT_NV12, size(wanted.width),
                                       size(wanted.height), AV_PIX_FMT_NV12, SWS_BILINEAR, nullptr, nullptr, nullptr);
  if (context_->sws == nullptr) return std::nullopt;
  data_.resize(wanted.sizeBytes());
  const auto* source = reinterpret_cast<const std::uint8_t*>(picture.data.data());
  auto* target = reinterpret_cast<std::uint8_t*>(data_.data());
  const std::array<const std::uint8_t*, 2> planes{source, source + std::size_t{from.stride} * from.height};
  const std::array<std::uint8_t*, 2> out{target, target + std::size_t{wanted.stride} * wanted.height};
  const std::array<int, 2> strides{size(from.stride), size(from.stride)};
  const std::array<int, 2> outStrides{size(wanted.stride), size(wanted.stride)};
  if (sws_scale(context_->sws, planes.data(), strides.data(), 0, size(from.height), out.data(), outStrides.data()) <= 0) return std::nullopt;
  return PictureView{wanted, data_, picture.fullRange, picture.bt709};
}

}  // namespace feimu

#include "codec/h264-encoder.h"

#include <x264.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "codec/slice-order.h"

namespace feimu {

namespace {

// With a VBV of one frame x264 plans 80 to 90 % of it, so it is asked for 1.15 times the rate. How much it takes then
// differs by picture, 0.90 to 1.04 for seconds on end, which leaves up to 220 ms behind a pacer at that rate. So what
// frames leave unused (up to a fifth of one) goes to the next, and what they take too much is kept from them: at most
// 14 ms are left behind from 300 kbps on, and motion uses 0.99 to 1.00. More credit or gain only makes sizes uneven.
// Threads plan their parts of the VBV apart, each less of it.
constexpr double planning = 1.15;
constexpr double planningOfThreads = 1.2;
constexpr double creditFrames = 0.2;
constexpr double debtFrames = 1;
constexpr double leastShare = 0.8;
constexpr double mostShare = 1.15;
constexpr double uncapped = std::numeric_limits<double>::infinity();

constexpr std::uint32_t maxSlices = 256;  // more than any picture has rows of blocks
constexpr int codingBlock = 16;
// x264's own limits.
constexpr std::uint32_t maxSide = 16384;
constexpr int leastRowsPerThread = 4;

int blocks(int pixels) { return (pixels + codingBlock - 1) / codingBlock; }

// Equal rates make it CBR, the only mode whose rate can change while it runs.
void setBitsPerFrame(x264_param_t& parameters, double bits) {
  bits = std::clamp(bits, 1e3, 1e9);  // x264 counts in kbit in an int, and 0 would end the VBV
  const auto bps = std::llround(bits * parameters.i_fps_num);
  parameters.rc.i_bitrate = parameters.rc.i_vbv_max_bitrate = static_cast<int>(bps / 1000);
  parameters.rc.i_vbv_buffer_size = static_cast<int>(std::ceil(bits / 1000));
}

double planningOf(const x264_param_t& parameters) { return parameters.i_threads > 1 ? planningOfThreads : planning; }

// Threads take bands of rows. x264 makes as many slices as threads; more come of a limit on a slice's size in a band.
void setSlices(x264_param_t& parameters, int slices, int threads) {
  const int rows = blocks(parameters.i_height);
  threads = std::clamp(threads, 1, std::max(1, rows / leastRowsPerThread));
  while (slices % threads != 0) threads--;
  parameters.i_threads = threads;
  parameters.b_sliced_threads = threads > 1 ? 1 : 0;
  parameters.i_slice_count = slices;
  if (threads == 1 || threads == slices) return;
  const int bandRows = (rows + threads - 1) / threads;
  const int perBand = slices / threads;
  parameters.i_slice_max_mbs = (bandRows + perBand - 1) / perBand * blocks(parameters.i_width);
}

class X264Encoder final : public H264Encoder {
 public:
  X264Encoder(x264_t* encoder, const x264_param_t& parameters, std::uint32_t kbps, double firstBits)
      : encoder_(encoder),
        parameters_(parameters),
        order_(blocks(parameters.i_width) * blocks(parameters.i_height)),
        firstBits_(firstBits) {
    setRate(kbps);
  }
  ~X264Encoder() override { x264_encoder_close(encoder_); }

  bool encode(const PictureView& picture, bool key, const SliceSink& onSlice) override {
    const bool first = firstBits_ > 0;
    const double allowed =
        planningOf(parameters_) * std::clamp(shareBits_ + creditBits_, leastShare * shareBits_, mostShare * shareBits_);
    setBitsPerFrame(parameters_, std::min(capBits_, first ? firstBits_ : allowed));
    capBits_ = uncapped;
    firstBits_ = 0;
    if (x264_encoder_reconfig(encoder_, &parameters_) < 0) return false;

    x264_picture_t in;
    x264_picture_init(&in);
    in.i_type = key ? X264_TYPE_IDR : X264_TYPE_AUTO;
    in.i_pts = pts_++;
    in.opaque = this;
    in.img.i_csp = X264_CSP_NV12;
    in.img.i_plane = 2;
    // x264's planes are not const; it only reads them.
    auto* luma = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(picture.data.data()));
    in.img.plane[0] = luma;
    in.img.plane[1] = luma + std::size_t{picture.format.stride} * picture.format.height;
    in.img.i_stride[0] = in.img.i_stride[1] = static_cast<int>(picture.format.stride);

    headers_.clear();
    order_.begin(onSlice);
    x264_nal_t* units = nullptr;
    int count = 0;
    x264_picture_t out;
    if (x264_encoder_encode(encoder_, &units, &count, &in, &out) <= 0 || !order_.whole()) return false;
    // The first flight has its own budget.
    if (!first) {
      const double left = shareBits_ - 8.0 * static_cast<double>(order_.sizeBytes());
      creditBits_ = std::clamp(creditBits_ + left, -debtFrames * shareBits_, creditFrames * shareBits_);
    }
    return true;
  }

  void setRate(std::uint32_t kbps) override {
    const double before = shareBits_;
    shareBits_ = std::max(kbps, 1U) * 1000.0 / parameters_.i_fps_num;
    // A path that shrank has a queue to get rid of.
    if (shareBits_ < 0.9 * before) creditBits_ = std::min(creditBits_, 0.0);
  }
  void capNext(std::uint32_t bytes) override { capBits_ = 8.0 * bytes; }

  /// x264 has a NAL unit ready: parameter sets on the thread of encode(), slices on the one that encoded them.
  static void take(x264_t* encoder, x264_nal_t* unit, void* self) { static_cast<X264Encoder*>(self)->take(encoder, *unit); }

 private:
  void take(x264_t* encoder, x264_nal_t& unit) {
    // x264's only SEI with these settings: 0.7 kB about itself in the first frame, which has to fit in the first flight.
    if (unit.i_type == NAL_SEI) return;
    // As much as x264 asks for: it escapes into it.
    const auto room = std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(unit.i_payload) * 3 / 2 + 5 + 64);
    x264_nal_encode(encoder, room.get(), &unit);
    std::uint8_t* end = unit.p_payload + unit.i_payload;
    if (unit.i_type != NAL_SLICE && unit.i_type != NAL_SLICE_IDR) {
      headers_.insert(headers_.end(), unit.p_payload, end);
      return;
    }
    EncodedSlice slice{.key = unit.i_type == NAL_SLICE_IDR};
    if (unit.i_first_mb == 0) slice.data = std::move(headers_);
    slice.data.insert(slice.data.end(), unit.p_payload, end);
    order_.take(std::move(slice), unit.i_first_mb, unit.i_last_mb);
  }

  x264_t* encoder_;
  x264_param_t parameters_;
  SliceOrder order_;
  std::vector<std::uint8_t> headers_;  // go with the first slice
  std::int64_t pts_ = 0;
  double shareBits_ = 0;       // of the rate, a frame
  double creditBits_ = 0;      // what frames left unused; negative: took too much
  double firstBits_;           // what the first frame may take where that is its own; then 0
  double capBits_ = uncapped;  // of the next frame
};

}  // namespace

std::unique_ptr<H264Encoder> H264Encoder::open(const EncoderOptions& options) {
  if (options.fps == 0 || options.kbps == 0 || options.slices == 0) return nullptr;
  // x264 would refuse them too, and not free all it took.
  for (const std::uint32_t side : {options.width, options.height}) {
    if (side == 0 || side > maxSide || side % 2 != 0) return nullptr;
  }
  x264_param_t parameters;
  if (x264_param_default_preset(&parameters, "ultrafast", "zerolatency") < 0) return nullptr;
  parameters.i_log_level = X264_LOG_NONE;
  parameters.i_csp = X264_CSP_NV12;
  parameters.i_width = static_cast<int>(options.width);
  parameters.i_height = static_cast<int>(options.height);
  parameters.i_fps_num = parameters.i_timebase_den = options.fps;
  parameters.i_fps_den = parameters.i_timebase_num = 1;
  parameters.i_keyint_max = static_cast<int>(options.fps) * 10;
  parameters.i_keyint_min = 1;
  parameters.i_scenecut_threshold = options.idrOnSceneChange ? 40 : 0;
  parameters.vui.b_fullrange = 0;
  parameters.vui.i_colmatrix = 1;  // BT.709
  parameters.rc.i_rc_method = X264_RC_ABR;
  // The quantiser may jump: after a cut or a new rate the next frame has to fit, not the fifth.
  parameters.rc.i_qp_step = 51;
  const double firstBits = 8.0 * options.firstFrameBytes;
  setSlices(parameters, static_cast<int>(std::min(options.slices, maxSlices)), static_cast<int>(std::min(options.threads, maxSlices)));
  setBitsPerFrame(parameters, firstBits > 0 ? firstBits : planningOf(parameters) * options.kbps * 1000 / options.fps);
  parameters.nalu_process = X264Encoder::take;
  if (x264_param_apply_profile(&parameters, "baseline") < 0) return nullptr;
  x264_t* encoder = x264_encoder_open(&parameters);
  return encoder == nullptr ? nullptr : std::make_unique<X264Encoder>(encoder, parameters, options.kbps, firstBits);
}

std::vector<std::uint8_t> H264Encoder::encode(const PictureView& picture, bool key) {
  std::vector<std::uint8_t> whole;
  const auto append = [&whole](EncodedSlice&& slice) {
    if (slice.first) {
      whole = std::move(slice.data);
    } else {
      whole.insert(whole.end(), slice.data.begin(), slice.data.end());
    }
  };
  if (!encode(picture, key, append)) whole.clear();
  return whole;
}

}  // namespace feimu

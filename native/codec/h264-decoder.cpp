#include "codec/h264-decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <cstring>
#include <vector>

namespace feimu {

namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    if constexpr (requires { free(&pointer); }) {
      free(&pointer);
    } else {
      free(pointer);
    }
  }
};

class SoftwareDecoder final : public H264Decoder {
 public:
  explicit SoftwareDecoder(AVCodecContext* context) : context_(context) {}

  bool decode(std::span<const std::uint8_t> accessUnit, const Sink& sink) override {
    // libavcodec reads a little behind the end.
    input_.assign(accessUnit.begin(), accessUnit.end());
    input_.resize(accessUnit.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    packet_->data = input_.data();
    packet_->size = static_cast<int>(accessUnit.size());
    if (avcodec_send_packet(context_.get(), packet_.get()) < 0) return false;
    bool sound = true;
    while (avcodec_receive_frame(context_.get(), frame_.get()) >= 0) {
      if (frame_->decode_error_flags != 0) {
        sound = false;
      } else {
        sound = give(sink) && sound;
      }
      av_frame_unref(frame_.get());
    }
    return sound;
  }

 private:
  bool give(const Sink& sink) {
    const FrameFormat format = formatOf(static_cast<std::uint32_t>(frame_->width), static_cast<std::uint32_t>(frame_->height));
    if (!format.isPlausible()) return false;
    output_.resize(format.sizeBytes());
    auto* luma = reinterpret_cast<std::uint8_t*>(output_.data());
    std::uint8_t* chroma = luma + std::size_t{format.stride} * format.height;
    if (frame_->format == AV_PIX_FMT_YUV420P || frame_->format == AV_PIX_FMT_YUVJ420P) {
      interleave(format, luma, chroma);
    } else if (!convert(format, luma, chroma)) {
      return false;
    }
    PictureView picture{format, output_, false, false};
    picture.fullRange = frame_->color_range == AVCOL_RANGE_JPEG || frame_->format == AV_PIX_FMT_YUVJ420P;
    // Where the stream is silent: BT.709 from 720 lines on, as players do.
    picture.bt709 = frame_->colorspace == AVCOL_SPC_BT709 ||
                    (frame_->colorspace == AVCOL_SPC_UNSPECIFIED && format.height >= 720);
    sink(picture);
    return true;
  }

  void interleave(const FrameFormat& format, std::uint8_t* luma, std::uint8_t* chroma) {
    for (std::uint32_t y = 0; y < format.height; y++) {
      std::memcpy(luma + std::size_t{y} * format.stride, frame_->data[0] + std::ptrdiff_t{y} * frame_->linesize[0], format.width);
    }
    for (std::uint32_t y = 0; y < format.height / 2; y++) {
      const std::uint8_t* u = frame_->data[1] + std::ptrdiff_t{y} * frame_->linesize[1];
      const std::uint8_t* v = frame_->data[2] + std::ptrdiff_t{y} * frame_->linesize[2];
      std::uint8_t* out = chroma + std::size_t{y} * format.stride;
      for (std::uint32_t x = 0; x < format.width / 2; x++) {
        out[2 * x] = u[x];
        out[2 * x + 1] = v[x];
      }
    }
  }

  /// 4:2:2, 4:4:4, 10 bits: rare, so by libswscale.
  bool convert(const FrameFormat& format, std::uint8_t* luma, std::uint8_t* chroma) {
    scaler_ = sws_getCachedContext(scaler_, frame_->width, frame_->height, static_cast<AVPixelFormat>(frame_->format),
                                   static_cast<int>(format.width), static_cast<int>(format.height), AV_PIX_FMT_NV12,
                                   SWS_FAST_BILINEAR, nullptr, nullptr, nullptr);
    if (scaler_ == nullptr) return false;
    std::uint8_t* planes[4] = {luma, chroma, nullptr, nullptr};
    const int strides[4] = {static_cast<int>(format.stride), static_cast<int>(format.stride), 0, 0};
    return sws_scale(scaler_, frame_->data, frame_->linesize, 0, frame_->height, planes, strides) > 0;
  }

 public:
  ~SoftwareDecoder() override { sws_freeContext(scaler_); }

 private:
  std::unique_ptr<AVCodecContext, Free<avcodec_free_context>> context_;
  std::unique_ptr<AVPacket, Free<av_packet_free>> packet_{av_packet_alloc()};
  std::unique_ptr<AVFrame, Free<av_frame_free>> frame_{av_frame_alloc()};
  SwsContext* scaler_ = nullptr;
  std::vector<std::uint8_t> input_;
  std::vector<std::byte> output_;
};

}  // namespace

std::unique_ptr<H264Decoder> H264Decoder::open() {
  av_log_set_level(AV_LOG_QUIET);  // damaged input is counted by us, not told on stderr
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  if (codec == nullptr) return nullptr;
  AVCodecContext* context = avcodec_alloc_context3(codec);
  context->flags |= AV_CODEC_FLAG_LOW_DELAY;
  context->thread_type = FF_THREAD_SLICE;  // frame threads would add a frame of delay each
  context->thread_count = 2;
  context->max_pixels = 4096 * 2304;
  if (avcodec_open2(context, codec, nullptr) < 0) {
    avcodec_free_context(&context);
    return nullptr;
  }
  return std::make_unique<SoftwareDecoder>(context);
}

}  // namespace feimu

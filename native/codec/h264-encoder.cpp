#include "codec/h264-encoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

#include <string>

namespace feimu {

namespace {

class X264Encoder final : public H264Encoder {
 public:
  explicit X264Encoder(AVCodecContext* context) : context_(context), packet_(av_packet_alloc()), frame_(av_frame_alloc()) {}
  ~X264Encoder() override {
    av_frame_free(&frame_);
    av_packet_free(&packet_);
    avcodec_free_context(&context_);
  }

  std::vector<std::uint8_t> encode(const PictureView& picture, bool key) override {
    frame_->format = AV_PIX_FMT_NV12;
    frame_->width = context_->width;
    frame_->height = context_->height;
    // libavcodec's planes are not const; x264 only reads them.
    auto* luma = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(picture.data.data()));
    frame_->data[0] = luma;
    frame_->data[1] = luma + std::size_t{picture.format.stride} * picture.format.height;
    frame_->linesize[0] = frame_->linesize[1] = static_cast<int>(picture.format.stride);
    frame_->pts = pts_++;
    frame_->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    std::vector<std::uint8_t> out;
    if (avcodec_send_frame(context_, frame_) < 0) return out;
    while (avcodec_receive_packet(context_, packet_) >= 0) {
      out.insert(out.end(), packet_->data, packet_->data + packet_->size);
      av_packet_unref(packet_);
    }
    return out;
  }

 private:
  AVCodecContext* context_;
  AVPacket* packet_;
  AVFrame* frame_;
  std::int64_t pts_ = 0;
};

}  // namespace

std::unique_ptr<H264Encoder> H264Encoder::open(const EncoderOptions& options) {
  av_log_set_level(AV_LOG_QUIET);
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr || options.fps == 0) return nullptr;
  AVCodecContext* context = avcodec_alloc_context3(codec);
  context->width = static_cast<int>(options.width);
  context->height = static_cast<int>(options.height);
  context->pix_fmt = AV_PIX_FMT_NV12;
  context->time_base = {1, static_cast<int>(options.fps)};
  context->framerate = {static_cast<int>(options.fps), 1};
  context->bit_rate = std::int64_t{options.kbps} * 1000;
  context->gop_size = static_cast<int>(options.fps) * 10;
  context->max_b_frames = 0;
  context->thread_count = 1;
  context->color_range = AVCOL_RANGE_MPEG;
  context->colorspace = AVCOL_SPC_BT709;
  av_opt_set(context->priv_data, "preset", "ultrafast", 0);
  av_opt_set(context->priv_data, "tune", "zerolatency", 0);
  av_opt_set(context->priv_data, "profile", "baseline", 0);
  av_opt_set(context->priv_data, "forced-idr", "1", 0);
  const std::string rate = std::to_string(options.kbps);
  const std::string oneFrame = std::to_string(options.kbps / options.fps + 1);
  const std::string parameters = "repeat-headers=1:annexb=1:scenecut=0:vbv-maxrate=" + rate + ":vbv-bufsize=" + oneFrame;
  av_opt_set(context->priv_data, "x264-params", parameters.c_str(), 0);
  if (avcodec_open2(context, codec, nullptr) < 0) {
    avcodec_free_context(&context);
    return nullptr;
  }
  return std::make_unique<X264Encoder>(context);
}

}  // namespace feimu

// planes-test NODE: comments on a plane of their own over the picture's look like one picture. NODE is a display
// controller that nobody uses, with two planes and a writeback connector (vkms): what it shows is compared with what
// is composed. Run in the image's guest by scripts/test-image --all.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "stage/composer.h"
#include "stage/gl-context.h"
#include "stage/kms-display.h"
#include "testing/check.h"

using namespace feimu;
using namespace feimu::stage;

namespace {

constexpr std::int64_t second = 1'000'000;

/// What the controller shows, written into memory.
class Writeback {
 public:
  Writeback(const KmsDevice& device, const KmsRoute& route) : device_(device), route_(route) {
    const int fd = device.descriptor();
    CHECK(drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1) == 0);
    drmModeRes* resources = drmModeGetResources(fd);
    CHECK(resources);
    for (int i = 0; i < resources->count_connectors; i++) {
      drmModeConnector* connector = drmModeGetConnectorCurrent(fd, resources->connectors[i]);
      if (connector && connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK) connector_ = connector->connector_id;
      drmModeFreeConnector(connector);
    }
    drmModeFreeResources(resources);
    CHECK(connector_ != 0);
    std::uint32_t handle = 0;
    CHECK(drmModeCreateDumbBuffer(fd, width(), height(), 32, 0, &handle, &stride_, &size_) == 0);
    const std::uint32_t handles[4] = {handle};
    const std::uint32_t strides[4] = {stride_};
    const std::uint32_t offsets[4] = {};
    CHECK(drmModeAddFB2(fd, width(), height(), GBM_FORMAT_XRGB8888, handles, strides, offsets, &frame_, 0) == 0);
    std::uint64_t offset = 0;
    CHECK(drmModeMapDumbBuffer(fd, handle, &offset) == 0);
    void* memory = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
    CHECK(memory != MAP_FAILED);
    memory_ = static_cast<const std::uint8_t*>(memory);
  }
  /// RGBA, upper row first.
  std::vector<std::uint8_t> read() {
    KmsRequest request;
    std::int32_t fence = -1;
    const auto set = [&](const char* name, std::uint64_t value) {
      const std::uint32_t property = device_.property(connector_, DRM_MODE_OBJECT_CONNECTOR, name);
      CHECK(property != 0);
      request.set(connector_, property, value);
    };
    set("CRTC_ID", route_.crtc);
    set("WRITEBACK_FB_ID", frame_);
    set("WRITEBACK_OUT_FENCE_PTR", reinterpret_cast<std::uint64_t>(&fence));
    CHECK(request.commit(device_.descriptor(), DRM_MODE_ATOMIC_ALLOW_MODESET));
    CHECK(fence >= 0);
    pollfd written{fence, POLLIN, 0};
    CHECK(::poll(&written, 1, 10'000) == 1);
    ::close(fence);
    std::vector<std::uint8_t> rgba(std::size_t{width()} * height() * 4);
    for (std::uint32_t y = 0; y < height(); y++) {
      for (std::uint32_t x = 0; x < width(); x++) {
        const std::uint8_t* bgrx = memory_ + std::size_t{y} * stride_ + std::size_t{x} * 4;
        std::uint8_t* pixel = &rgba[(std::size_t{y} * width() + x) * 4];
        for (int channel = 0; channel < 3; channel++) pixel[channel] = bgrx[2 - channel];
      }
    }
    return rgba;
  }
  [[nodiscard]] std::uint32_t width() const { return route_.mode.hdisplay; }
  [[nodiscard]] std::uint32_t height() const { return route_.mode.vdisplay; }

 private:
  const KmsDevice& device_;
  const KmsRoute& route_;
  std::uint32_t connector_ = 0;
  std::uint32_t frame_ = 0;
  std::uint32_t stride_ = 0;
  std::uint64_t size_ = 0;
  const std::uint8_t* memory_ = nullptr;
};

std::vector<std::uint8_t> read(const GlTarget& target) {
  std::vector<std::uint8_t> rgba(std::size_t{target.texture().width()} * target.texture().height() * 4);
  glBindFramebuffer(GL_FRAMEBUFFER, target.framebuffer());
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, static_cast<GLsizei>(target.texture().width()), static_cast<GLsizei>(target.texture().height()), GL_RGBA,
               GL_UNSIGNED_BYTE, rgba.data());
  return rgba;
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc == 2);
  const int node = ::open(argv[1], O_RDWR | O_CLOEXEC);
  CHECK(node >= 0);
  StageError error;
  const auto device = KmsDevice::open(node, error);
  CHECK(device);
  const auto context = GlContext::open(error, device->gbm());
  const auto fonts = FontStack::open(error);
  CHECK(context && fonts);
  const auto route = device->route({1280, 720, 60});
  CHECK(route);
  CHECK(route->over.plane != 0);
  auto display = KmsDisplay::open(*device, *route, context->display(), error);
  CHECK(display);
  CHECK(display->over());
  const std::uint32_t width = display->width();
  const std::uint32_t height = display->height();
  const auto video = VideoLayer::create(error, context->display());
  const auto composer = Composer::create(*fonts, *video, width, height, error);
  CHECK(video && composer);
  composer->idle().set({"planes", "http://10.0.0.1/", "12345678", {}, {}});
  std::optional<Writeback> writeback;
  const GlTarget onePicture(Texels::rgba8, width, height);

  const FrameFormat format{320, 180, 320};
  std::vector<std::byte> bytes(format.sizeBytes());
  std::int64_t us = 10 * second;
  int compared = 0;
  int most = 0;
  int underDrawn = 0;
  constexpr int turns = 80;
  for (int turn = 0; turn < turns; turn++, us += second / 30) {
    if (turn == turns / 2) composer->setDepth(2);
    if (turn % 4 == 0) composer->danmaku().add({std::to_string(turn), "", "弹幕 danmaku", 0xFF8000, Mode::scroll, 1}, us);
    if (turn > 10 && turn % 5 == 0) {
      for (std::size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<std::byte>(i / 320 + static_cast<std::size_t>(turn));
      BorrowedFrame frame;
      frame.format = format;
      frame.data = bytes.data();
      video->upload(frame, width, height);
      composer->underChanged();
    }
    composer->advance(us);
    const Drawn drawn = composer->draw(display->back(), *display->over(), us);
    underDrawn += drawn.under ? 1 : 0;
    glFinish();
    display->flip(0, drawn);
    CHECK(display->lit() > 0);
    // The first commit frees all frames that are not the display's own.
    if (turn == 0) writeback.emplace(*device, *route);
    if (turn % 10 == 9) {
      composer->draw(onePicture, us);
      const auto wanted = read(onePicture);
      const auto shown = writeback->read();
      for (std::size_t i = 0; i < wanted.size(); i++) {
        if (i % 4 != 3) most = std::max(most, std::abs(wanted[i] - shown[i]));
      }
      compared++;
    }
    composer->drawAhead(us, second / 30.0);
  }
  std::printf("%ux%u, %d frames compared, farthest channel %d of 255, picture drawn %d times in %d\n", width, height, compared,
              most, underDrawn, turns);
  CHECK(composer->danmaku().onScreen() > 3);
  // Rounded once more than what is composed in one pass.
  CHECK(most <= 2);
  CHECK(underDrawn < turns / 3);
}

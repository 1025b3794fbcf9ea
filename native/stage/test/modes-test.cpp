#include <vector>

#include "stage/kms-device.h"
#include "testing/check.h"

using namespace feimu::stage;

namespace {

drmModeModeInfo mode(std::uint16_t width, std::uint16_t height, double hz, std::uint32_t type = 0, std::uint32_t flags = 0) {
  drmModeModeInfo made{};
  made.hdisplay = width;
  made.vdisplay = height;
  made.htotal = static_cast<std::uint16_t>(width + 280);
  made.vtotal = static_cast<std::uint16_t>(height + 45);
  made.clock = static_cast<std::uint32_t>(hz * made.htotal * made.vtotal / 1000);
  made.type = type;
  made.flags = flags;
  return made;
}

const ModeWish wish{1920, 1080, 60};

void takesTheWishWhenItIsOffered() {
  const std::vector modes{mode(3840, 2160, 30, DRM_MODE_TYPE_PREFERRED), mode(1920, 1080, 50), mode(1920, 1080, 59.94),
                          mode(1920, 1080, 24)};
  CHECK(chooseMode(modes, wish) == &modes[2]);
}

void takesNoFields() {
  const std::vector modes{mode(1920, 1080, 60, DRM_MODE_TYPE_PREFERRED, DRM_MODE_FLAG_INTERLACE), mode(1280, 720, 60)};
  CHECK(chooseMode(modes, wish) == &modes[1]);
}

void takesWhatTheDisplayPrefersWhenItIsSmaller() {
  const std::vector modes{mode(800, 600, 60), mode(1366, 768, 60, DRM_MODE_TYPE_PREFERRED), mode(1680, 1050, 60)};
  CHECK(chooseMode(modes, wish) == &modes[1]);
}

void takesTheLargestThatFitsOtherwise() {
  const std::vector modes{mode(800, 600, 60), mode(3840, 2160, 60, DRM_MODE_TYPE_PREFERRED), mode(1600, 900, 60)};
  CHECK(chooseMode(modes, wish) == &modes[2]);
}

void takesTheSmallestOfThoseThatAreTooLarge() {
  const std::vector modes{mode(3840, 2160, 60), mode(2560, 1440, 60)};
  CHECK(chooseMode(modes, wish) == &modes[1]);
  CHECK(chooseMode({}, wish) == nullptr);
}

void tellsTheTrueRate() {
  const auto rate = refreshOf(mode(1920, 1080, 59.94));
  CHECK(rate > 59.9 && rate < 59.98);
}

}  // namespace

int main() {
  takesTheWishWhenItIsOffered();
  takesNoFields();
  takesWhatTheDisplayPrefersWhenItIsSmaller();
  takesTheLargestThatFitsOtherwise();
  takesTheSmallestOfThoseThatAreTooLarge();
  tellsTheTrueRate();
}

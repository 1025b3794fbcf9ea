#include "stage/kms-device.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <span>

namespace feimu::stage {

namespace {

template <typename T, void (*release)(T*)>
struct Releaser {
  void operator()(T* value) const { release(value); }
};
using Resources = std::unique_ptr<drmModeRes, Releaser<drmModeRes, drmModeFreeResources>>;
using Connector = std::unique_ptr<drmModeConnector, Releaser<drmModeConnector, drmModeFreeConnector>>;
using Encoder = std::unique_ptr<drmModeEncoder, Releaser<drmModeEncoder, drmModeFreeEncoder>>;
using PlaneList = std::unique_ptr<drmModePlaneRes, Releaser<drmModePlaneRes, drmModeFreePlaneResources>>;
using Plane = std::unique_ptr<drmModePlane, Releaser<drmModePlane, drmModeFreePlane>>;
using Properties = std::unique_ptr<drmModeObjectProperties, Releaser<drmModeObjectProperties, drmModeFreeObjectProperties>>;
using Property = std::unique_ptr<drmModePropertyRes, Releaser<drmModePropertyRes, drmModeFreeProperty>>;
using Blob = std::unique_ptr<drmModePropertyBlobRes, Releaser<drmModePropertyBlobRes, drmModeFreePropertyBlob>>;
using Frame = std::unique_ptr<drmModeFB2, Releaser<drmModeFB2, drmModeFreeFB2>>;

template <typename T>
std::span<T> list(T* items, std::uint32_t count) { return {items, count}; }
template <typename T>
std::span<T> list(T* items, int count) { return {items, static_cast<std::size_t>(std::max(0, count))}; }

bool interlaced(const drmModeModeInfo& mode) { return (mode.flags & DRM_MODE_FLAG_INTERLACE) != 0; }

}  // namespace

double refreshOf(const drmModeModeInfo& mode) {
  if (mode.htotal == 0 || mode.vtotal == 0 || mode.clock == 0) return mode.vrefresh ? mode.vrefresh : 60;
  return mode.clock * 1000.0 / mode.htotal / mode.vtotal;
}

const drmModeModeInfo* chooseMode(const std::vector<drmModeModeInfo>& modes, const ModeWish& wish) {
  const drmModeModeInfo* best = nullptr;
  double bestScore = -1;
  for (const auto& mode : modes) {
    // The stage's planes are even in width and height, and fields instead of frames would tear every comment.
    if (interlaced(mode) || mode.hdisplay % 2 || mode.vdisplay % 2 || mode.hdisplay < 320 || mode.vdisplay < 240) continue;
    const bool sameSize = mode.hdisplay == wish.width && mode.vdisplay == wish.height;
    const bool fits = mode.hdisplay <= wish.width && mode.vdisplay <= wish.height;
    const bool preferred = (mode.type & DRM_MODE_TYPE_PREFERRED) != 0;
    const double area = static_cast<double>(mode.hdisplay) * mode.vdisplay / 1e9;  // below 1
    const double rate = 1 / (1 + std::abs(refreshOf(mode) - wish.refreshHz));      // 0 to 1
    // A mode that is too large is the last resort, and then the smallest of them.
    const double score = sameSize ? 30 + rate : !fits ? 1 - area : preferred ? 20 + rate : 10 + area + rate / 1e3;
    if (score > bestScore) {
      best = &mode;
      bestScore = score;
    }
  }
  return best;
}

std::unique_ptr<KmsDevice> KmsDevice::open(int descriptor, StageError& error) {
  const auto fail = [&error](const std::string& why) {
    error = {"STAGE_NO_KMS", why};
    return nullptr;
  };
  if (drmSetClientCap(descriptor, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) != 0 ||
      drmSetClientCap(descriptor, DRM_CLIENT_CAP_ATOMIC, 1) != 0) {
    return fail(std::string("the display controller takes no atomic commits: ") + std::strerror(errno));
  }
  if (!drmIsMaster(descriptor) && drmSetMaster(descriptor) != 0) {
    return fail(std::string("another program holds the display: ") + std::strerror(errno));
  }
  gbm_device* gbm = gbm_create_device(descriptor);
  if (!gbm) return fail(std::string("GBM does not open: ") + std::strerror(errno));
  return std::unique_ptr<KmsDevice>(new KmsDevice(descriptor, gbm));
}

KmsDevice::~KmsDevice() { gbm_device_destroy(gbm_); }

bool KmsDevice::plugged() const {
  const Resources resources(drmModeGetResources(descriptor_));
  if (!resources) return false;
  for (const auto id : list(resources->connectors, resources->count_connectors)) {
    const Connector connector(drmModeGetConnectorCurrent(descriptor_, id));
    if (connector && connector->connection == DRM_MODE_CONNECTED) return true;
  }
  return false;
}

std::optional<KmsRoute> KmsDevice::route(const ModeWish& wish) const {
  const Resources resources(drmModeGetResources(descriptor_));
  if (!resources) return std::nullopt;
  for (const auto id : list(resources->connectors, resources->count_connectors)) {
    const Connector connector(drmModeGetConnector(descriptor_, id));
    if (!connector || connector->connection != DRM_MODE_CONNECTED) continue;
    if (connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK) continue;
    const auto offered = list(connector->modes, connector->count_modes);
    const std::vector<drmModeModeInfo> modes(offered.begin(), offered.end());
    const auto* mode = chooseMode(modes, wish);
    if (!mode) continue;
    for (const auto encoderId : list(connector->encoders, connector->count_encoders)) {
      const Encoder encoder(drmModeGetEncoder(descriptor_, encoderId));
      if (!encoder) continue;
      for (std::uint32_t index = 0; index < static_cast<std::uint32_t>(resources->count_crtcs); ++index) {
        if (!(encoder->possible_crtcs & (1U << index))) continue;
        auto under = planeOf(index, DRM_PLANE_TYPE_PRIMARY, DRM_FORMAT_XRGB8888);
        if (under.plane == 0) continue;
        const char* type = drmModeGetConnectorTypeName(connector->connector_type);
        return KmsRoute{id, resources->crtcs[index], std::move(under),
                        planeOf(index, DRM_PLANE_TYPE_OVERLAY, DRM_FORMAT_ARGB8888), *mode,
                        std::string(type ? type : "display") + "-" + std::to_string(connector->connector_type_id)};
      }
    }
  }
  return std::nullopt;
}

KmsPlaneRoute KmsDevice::planeOf(std::uint32_t crtcIndex, std::uint64_t type, std::uint32_t format) const {
  const PlaneList planes(drmModeGetPlaneResources(descriptor_));
  if (!planes) return {};
  for (const auto id : list(planes->planes, planes->count_planes)) {
    const Plane plane(drmModeGetPlane(descriptor_, id));
    if (!plane || !(plane->possible_crtcs & (1U << crtcIndex))) continue;
    const auto formats = list(plane->formats, plane->count_formats);
    if (std::find(formats.begin(), formats.end(), format) == formats.end()) continue;
    if (value(id, DRM_MODE_OBJECT_PLANE, "type") == type) return {id, modifiersOf(id, format)};
  }
  return {};
}

std::vector<std::uint64_t> KmsDevice::modifiersOf(std::uint32_t plane, std::uint32_t format) const {
  std::vector<std::uint64_t> out;
  const auto blobId = value(plane, DRM_MODE_OBJECT_PLANE, "IN_FORMATS");
  if (!blobId) return out;
  const Blob blob(drmModeGetPropertyBlob(descriptor_, static_cast<std::uint32_t>(*blobId)));
  if (!blob) return out;
  drmModeFormatModifierIterator entry{};
  while (drmModeFormatModifierBlobIterNext(blob.get(), &entry)) {
    if (entry.fmt == format) out.push_back(entry.mod);
  }
  return out;
}

std::uint32_t KmsDevice::property(std::uint32_t object, std::uint32_t type, const char* name) const {
  const Properties properties(drmModeObjectGetProperties(descriptor_, object, type));
  if (!properties) return 0;
  for (const auto id : list(properties->props, properties->count_props)) {
    const Property property(drmModeGetProperty(descriptor_, id));
    if (property && std::strcmp(property->name, name) == 0) return id;
  }
  return 0;
}

std::optional<std::uint64_t> KmsDevice::value(std::uint32_t object, std::uint32_t type, const char* name) const {
  const Properties properties(drmModeObjectGetProperties(descriptor_, object, type));
  if (!properties) return std::nullopt;
  for (std::uint32_t i = 0; i < properties->count_props; ++i) {
    const Property property(drmModeGetProperty(descriptor_, properties->props[i]));
    if (property && std::strcmp(property->name, name) == 0) return properties->prop_values[i];
  }
  return std::nullopt;
}

void KmsDevice::dropFramesBut(const std::vector<std::uint32_t>& kept) const {
  const Resources resources(drmModeGetResources(descriptor_));
  if (!resources) return;
  for (const auto id : list(resources->fbs, resources->count_fbs)) {
    if (std::find(kept.begin(), kept.end(), id) != kept.end()) continue;
    // The process that made them is gone, its handles are not: they belong to the descriptor.
    const Frame frame(drmModeGetFB2(descriptor_, id));
    drmModeRmFB(descriptor_, id);
    if (!frame) continue;
    for (std::size_t i = 0; i < 4 && frame->handles[i] != 0; ++i) {
      const auto before = list(frame->handles, static_cast<std::uint32_t>(i));
      if (std::find(before.begin(), before.end(), frame->handles[i]) != before.end()) continue;
      drmCloseBufferHandle(descriptor_, frame->handles[i]);
    }
  }
}

}  // namespace feimu::stage

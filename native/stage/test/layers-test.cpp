// What the layers draw, in simulated time, on a real GL context.
#include <cmath>
#include <string>
#include <vector>

#include "stage/card-layer.h"
#include "stage/danmaku-layer.h"
#include "stage/gl-context.h"
#include "stage/idle-screen.h"
#include "stage/video-layer.h"
#include "testing/check.h"

using namespace feimu;
using namespace feimu::stage;

namespace {

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 360;
constexpr std::int64_t second = 1'000'000;

struct Mass {
  std::uint64_t pixels = 0;
  double x = 0;
  double y = 0;
};

std::vector<std::uint8_t> read(const GlTarget& target) {
  std::vector<std::uint8_t> rgba(std::size_t{width} * height * 4);
  glBindFramebuffer(GL_FRAMEBUFFER, target.framebuffer());
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  return rgba;
}

/// Pixels that are mostly red.
Mass red(const std::vector<std::uint8_t>& rgba) {
  Mass mass;
  for (std::size_t i = 0; i < rgba.size() / 4; i++) {
    if (rgba[i * 4] < 128 || rgba[i * 4 + 1] > 90 || rgba[i * 4 + 2] > 90) continue;
    mass.pixels++;
    mass.x += static_cast<double>(i % width);
    mass.y += static_cast<double>(i / width);
  }
  if (mass.pixels > 0) {
    mass.x /= static_cast<double>(mass.pixels);
    mass.y /= static_cast<double>(mass.pixels);
  }
  return mass;
}

class Scene {
 public:
  Scene() : context(GlContext::open(error)), fonts(FontStack::open(error)) {
    CHECK(context && fonts);
    target = GlTarget(Texels::rgba8, width, height);
    layer = DanmakuLayer::create(*fonts, width, height, error);
    CHECK(layer);
  }
  void say(const std::string& id, const std::string& text, Mode mode = Mode::scroll) {
    layer->add({id, "author " + id, text, 0xFF0000, mode, 1}, now);
  }
  Mass show(std::int64_t us) {
    now = us;
    target.begin();
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    layer->advance(us);
    layer->draw(us);
    return red(read(target));
  }
  StageError error;
  std::unique_ptr<GlContext> context;
  std::unique_ptr<FontStack> fonts;
  GlTarget target;
  std::unique_ptr<DanmakuLayer> layer;
  std::int64_t now = 10 * second;
};

void commentsFlyAtTheirSpeed() {
  Scene scene;
  scene.say("a", "飞幕 flying");
  scene.show(10 * second);
  const double speed = scene.layer->flights().at(0).pixelsPerUs;
  const Mass early = scene.show(14 * second);
  const Mass late = scene.show(14 * second + second / 2);
  CHECK(early.pixels > 200);
  CHECK(std::abs((early.x - late.x) - speed * second / 2) < 2);
  CHECK(std::abs(early.y - late.y) < 0.5);
  // Position is a function of time alone.
  CHECK(std::abs(scene.show(14 * second).x - early.x) < 0.01);
  // Another speed anchors where it is.
  DanmakuSettings faster;
  faster.speed = 2;
  scene.now = 14 * second;
  scene.layer->configure(faster, 14 * second);
  CHECK(std::abs(scene.show(14 * second).x - early.x) < 1.5);
  CHECK(std::abs((early.x - scene.show(14 * second + second / 2).x) - speed * second) < 3);
  CHECK(scene.show(30 * second).pixels == 0 && scene.layer->onScreen() == 0);
}

void modesStandWhereTheyShould() {
  Scene scene;
  scene.say("t", "顶部顶部", Mode::top);
  scene.show(10 * second);
  const Mass top = scene.show(11 * second);
  CHECK(top.pixels > 100 && top.y < 40 && std::abs(top.x - width / 2.0) < 12);
  scene.layer->clear();
  scene.say("b", "底部底部", Mode::bottom);
  scene.show(12 * second);
  const Mass bottom = scene.show(13 * second);
  CHECK(bottom.y > height - 40);
  scene.layer->clear();
  scene.say("r", "逆向", Mode::reverse);
  scene.show(14 * second);
  CHECK(scene.show(16 * second).x < scene.show(17 * second).x);
}

/// Pixels of a count.
Mass gold(const std::vector<std::uint8_t>& rgba) {
  Mass mass;
  for (std::size_t i = 0; i < rgba.size() / 4; i++) {
    if (rgba[i * 4] < 180 || rgba[i * 4 + 1] < 140 || rgba[i * 4 + 2] > 120) continue;
    mass.pixels++;
    mass.x += static_cast<double>(i % width);
  }
  if (mass.pixels > 0) mass.x /= static_cast<double>(mass.pixels);
  return mass;
}

void countsGrowBesideTheirComments() {
  Scene scene;
  scene.say("a", "很好很好");
  scene.show(10 * second);
  const Mass text = scene.show(13 * second);
  const Flight before = scene.layer->flights().at(0);
  static_cast<void>(scene.layer->takeChanged());
  scene.layer->setCount("a", 2);
  CHECK(std::abs(scene.show(13 * second).x - text.x) < 0.01);  // the text itself stays
  CHECK(scene.layer->takeChanged());
  const Mass two = gold(read(scene.target));
  CHECK(two.pixels > 10 && two.x > text.x + before.widthPx / 2);
  const Flight longer = scene.layer->flights().at(0);
  CHECK(longer.widthPx > before.widthPx && longer.endUs > before.endUs && longer.pixelsPerUs == before.pixelsPerUs);
  scene.layer->setCount("a", 1'234);
  scene.show(13 * second);
  CHECK(gold(read(scene.target)).pixels > two.pixels * 2);
  scene.layer->setCount("nobody", 5);
  CHECK(scene.show(30 * second).pixels == 0 && gold(read(scene.target)).pixels == 0);

  // Who follows in the same lane is not covered.
  DanmakuSettings oneLane;
  oneLane.area = 0.1;
  scene.now = 30 * second;
  scene.layer->configure(oneLane, scene.now);
  scene.say("b", "前面的人");
  scene.say("c", "后面跟着的人");
  std::int64_t us = 30 * second;
  for (; scene.layer->flights().size() < 2; us += second / 60) {
    scene.layer->add({"c", "", "后面跟着的人", 0xFF0000, Mode::scroll, 1}, us);
    scene.show(us);
    CHECK(us < 40 * second);
  }
  scene.layer->setCount("b", 999);
  scene.show(us);
  const auto flights = scene.layer->flights();
  CHECK(gold(read(scene.target)).pixels > 10 && LaneAllocator::apart(flights[0], flights[1], width));
}

void retractionsTakeBack() {
  Scene scene;
  scene.say("a", "第一条");
  scene.say("b", "第二条");
  scene.show(10 * second);
  scene.show(12 * second);
  CHECK(scene.layer->onScreen() == 2);
  scene.layer->retract("a");
  CHECK(scene.layer->onScreen() == 1 && scene.layer->takeChanged());
  scene.layer->retractAuthor("author b");
  CHECK(scene.layer->onScreen() == 0);
  CHECK(scene.show(12 * second).pixels == 0);
}

void densityAndHostileText() {
  Scene scene;
  DanmakuSettings few;
  few.maxOnScreen = 3;
  scene.layer->configure(few, scene.now);
  for (int i = 0; i < 2000; i++) scene.say(std::to_string(i), "满屏 " + std::to_string(i));
  scene.show(11 * second);
  CHECK(scene.layer->onScreen() <= 3 && scene.layer->waiting() <= DanmakuLayer::maxWaiting);
  CHECK(scene.layer->dropped() >= 2000 - DanmakuLayer::maxWaiting);
  scene.layer->clear();
  std::string marks = "a";
  for (int i = 0; i < 10'000; i++) marks += "\xCC\x81";
  scene.say("marks", marks);
  scene.say("broken", "\xFF\xFE\xC0\x80 \xED\xA0\x80 ok");
  scene.say("long", std::string(100'000, 'W'));
  scene.say("empty", "");
  scene.show(20 * second);
  scene.show(21 * second);
  CHECK(scene.layer->onScreen() <= 3);
}

/// Ten thousand at once: those that were paid for enter within a third of a second, and chats go on.
void aBurstKeepsNobodyOutThatPaid() {
  Scene scene;
  const auto paidId = [](int i) { return i % 2500 == 400; };
  for (int i = 0; i < 10'000; i++) {
    CommentSpec comment{std::to_string(i), "", "第" + std::to_string(i % 97) + "条弹幕", 0xFF0000};
    if (paidId(i)) comment.rank = Rank::paid;
    scene.layer->add(std::move(comment), scene.now);
  }
  for (int turn = 0; turn < 20; turn++) scene.show(scene.now + second / 60);
  std::size_t paid = 0;
  for (int i = 400; i < 10'000; i += 2500) paid += scene.layer->shows(std::to_string(i));
  const std::size_t chats = scene.layer->onScreen() - paid;
  std::printf("on a stage of %u x %u: %zu paid and %zu chats\n", width, height, paid, chats);
  CHECK(paid == 4 && chats >= 1);
}

void theLowestLaneIsKeptWhileOthersThanChatsCome() {
  Scene scene;
  const auto lowest = [&] {
    float most = 0;
    for (const Flight& flight : scene.layer->flights()) most = std::max(most, flight.topPx);
    return most;
  };
  const auto flood = [&](std::int64_t us) {
    for (int i = 0; i < 100; i++) scene.layer->add({"", "", "满屏满屏", 0xFF0000}, us);
    for (int turn = 0; turn < 5; turn++) scene.show(us + turn * second / 60);
  };
  flood(10 * second);
  const float all = lowest();
  scene.layer->clear();
  CommentSpec host{"host", "", "主播", 0xFF0000};
  host.rank = Rank::host;
  flood(20 * second);
  CHECK(lowest() == all);
  scene.layer->clear();
  scene.layer->add(host, 30 * second);
  scene.show(30 * second);
  flood(30 * second);
  CHECK(lowest() < all);
  // A full stage has room for the host.
  scene.layer->add(host, 30 * second + second / 5);
  scene.show(30 * second + second / 5);
  CHECK(lowest() == all);
  scene.layer->clear();
  flood(100 * second);
  CHECK(lowest() == all);
}

void whoHasNotComeInMakesRoomForThePaid() {
  Scene scene;
  const auto chats = [&](std::int64_t us, const std::string& prefix) {
    for (int i = 0; i < 30; i++) scene.layer->add({prefix + std::to_string(i), "", "满屏满屏满屏满屏", 0xFF0000}, us);
    scene.show(us);
  };
  chats(10 * second, "a");
  const std::size_t full = scene.layer->onScreen();
  CommentSpec paid{"paid", "", "感谢老板", 0xFF0000};
  paid.rank = Rank::paid;
  scene.layer->add(paid, 10 * second + second / 10);
  const std::size_t waiting = scene.layer->waiting();
  scene.show(10 * second + second / 10);
  CHECK(scene.layer->shows("paid") && scene.layer->onScreen() == full && scene.layer->waiting() == waiting);
  // Whom one could read to the end stays, and a long one flies behind it, so slow that it does not catch up.
  scene.layer->clear();
  chats(100 * second, "b");
  paid.text = "感谢老板感谢老板感谢老板感谢老板";
  scene.layer->add(paid, 102 * second);
  scene.show(102 * second);
  CHECK(scene.layer->shows("paid") && scene.layer->onScreen() > full);
  const auto flights = scene.layer->flights();
  const Flight& slow = *std::ranges::min_element(flights, {}, &Flight::pixelsPerUs);
  CHECK(slow.t0Us == 102 * second && slow.pixelsPerUs < flights[0].pixelsPerUs);
  for (const Flight& other : flights) {
    CHECK(&other == &slow || other.topPx != slow.topPx || LaneAllocator::apart(other, slow, width));
  }
}

void whoFindsNoRoomIsCountedWithTheSame() {
  Scene scene;
  DanmakuSettings oneLane;
  oneLane.area = 0.1;
  scene.layer->configure(oneLane, scene.now);
  const std::string text = "这一条弹幕很长很长很长很长很长";
  scene.layer->add({"a", "", text, 0xFF0000}, scene.now);
  scene.show(scene.now);
  CHECK(scene.layer->onScreen() == 1);
  for (const char* id : {"b", "c"}) scene.layer->add({id, "", text, 0xFF0000}, scene.now);
  scene.layer->add({"d", "", "别的也很长很长很长很长很长", 0xFF0000}, scene.now);
  const std::int64_t start = scene.now;
  std::uint64_t dropped = scene.layer->dropped();
  CHECK(gold(read(scene.target)).pixels == 0);
  DanmakuSettings none = oneLane;
  none.maxOnScreen = 1;
  scene.layer->configure(none, scene.now);
  for (int turn = 1; turn <= 240; turn++) scene.show(start + turn * second / 60);
  CHECK(scene.layer->onScreen() == 1 && scene.layer->waiting() == 0 && scene.layer->dropped() == dropped + 1);
  CHECK(gold(read(scene.target)).pixels > 10);
}

void pictureKeepsItsAspect() {
  CHECK((letterbox(640, 360, 1280, 720) == Rect{0, 0, 1280, 720}));
  CHECK((letterbox(720, 1280, 1280, 720) == Rect{438, 0, 404, 720}));
  Scene scene;
  auto video = VideoLayer::create(scene.error);
  CHECK(video);
  // A red picture, 360×360, BT.709 limited range: Y 63, U 102, V 240.
  BorrowedFrame frame;
  frame.format = {360, 360, 384};
  std::vector<std::byte> bytes(frame.format.sizeBytes(), std::byte{63});
  for (std::size_t i = std::size_t{384} * 360; i < bytes.size(); i += 2) {
    bytes[i] = std::byte{102};
    bytes[i + 1] = std::byte{240};
  }
  frame.data = bytes.data();
  video->upload(frame, width, height);
  scene.target.begin();
  CHECK(video->draw(width, height));
  const Mass mass = red(read(scene.target));
  CHECK(mass.pixels == 360 * 360 && std::abs(mass.x - 319.5) < 1);
}

void idleScreenShowsTheCode() {
  Scene scene;
  auto idle = IdleScreen::create(*scene.fonts, width, height, scene.error);
  CHECK(idle);
  IdleContent content{"飞幕", "http://192.168.1.5:8080", "12345678", {"bilibili 1: live"}, {21, std::vector<std::uint8_t>(21 * 21, 1)}};
  idle->set(std::move(content));
  scene.target.begin();
  idle->draw(scene.target);
  const auto rgba = read(scene.target);
  std::size_t white = 0;
  for (std::size_t i = 0; i < rgba.size(); i += 4) white += rgba[i] > 250 && rgba[i + 1] > 250 && rgba[i + 2] > 250;
  CHECK(white > 4000);  // the quiet zone of the code
}

/// A picture in a text is as high as an emoji, moves at its own pace, and is drawn for texts that had it when they entered.
void picturesStandInTexts() {
  Scene scene;
  const auto layer = DanmakuLayer::create(*scene.fonts, width, height, scene.error);
  CHECK(layer);
  const auto frame = [](std::uint8_t red, std::uint8_t green) {
    std::vector<std::uint8_t> rgba;
    for (int i = 0; i < 32 * 16; i++) rgba.insert(rgba.end(), {red, green, 0, 255});
    return rgba;
  };
  Picture moving{32, 16, {100, 100}, frame(255, 0)};
  const auto second_ = frame(0, 255);
  moving.rgba.insert(moving.rgba.end(), second_.begin(), second_.end());
  scene.fonts->pictures().set(7, std::move(moving));
  DanmakuSettings settings;
  settings.opacity = 1;
  layer->configure(settings, 0);
  const std::string text = "幕\U000F0007";
  layer->add({"a", "", text, 0xFFFFFF, Mode::top, 1}, second);
  const auto redAt = [&](std::int64_t us) {
    layer->advance(us);
    scene.target.begin();
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    layer->draw(us);
    return red(read(scene.target)).pixels;
  };
  // 36 * 360 / 720 pixels high by 1.17, twice as wide.
  const double expected = 18 * 1.17 * 18 * 1.17 * 2;
  for (int turn = 0; turn < 5; turn++) redAt(second);
  const auto pixels = static_cast<double>(redAt(second + 10'000));
  CHECK(std::abs(pixels - expected) < expected * 0.15);
  static_cast<void>(layer->takeChanged());
  CHECK(redAt(second + 150'000) == 0);
  CHECK(layer->takeChanged());
  CHECK(redAt(second + 160'000) == 0 && !layer->takeChanged());
  CHECK(redAt(second + 250'000) > 0);
  // The slot is another's by now: who entered before keeps what it had.
  scene.fonts->pictures().set(7, {2, 2, {100}, std::vector<std::uint8_t>(16, 255)});
  CHECK(redAt(second + 350'000) > 0);
  // An empty slot, one that does not exist, and no end of pictures.
  std::string many;
  for (int i = 0; i < 300; i++) many += "\U000F0007";
  layer->add({"b", "", many, 0xFFFFFF, Mode::scroll, 1}, second);
  layer->add({"c", "", "\U000F0009a\U000F0FFF\u0301", 0xFFFFFF, Mode::scroll, 1}, second);
  for (int turn = 0; turn < 30; turn++) redAt(second + 400'000 + turn * 16'667);
  CHECK(layer->onScreen() == 3);
}

void cardsStandAtTheirPlaces() {
  Scene scene;
  const auto cards = CardLayer::create(*scene.fonts, width, height, scene.error);
  CHECK(cards);
  const auto settle = [&](bool picture) {
    for (int turn = 0; turn < 100; turn++) cards->advance(picture);
  };
  CHECK(!cards->advance(false));
  std::vector<Card> all(4);
  for (std::size_t i = 0; i < all.size(); i++) {
    all[i].place = static_cast<Card::Place>(i);
    all[i].colour = 0xFF0000;
    all[i].words = {"幕"};
  }
  all[1].overPicture = true;
  cards->set(all);
  settle(false);
  CHECK(cards->rects().size() == 3);
  settle(true);
  CHECK(cards->rects().size() == 4);
  const Rect lowerLeft = cards->rects()[0];
  const Rect lowerRight = cards->rects()[1];
  const Rect upperRight = cards->rects()[2];
  const Rect upperCentre = cards->rects()[3];
  CHECK(lowerLeft.x < 20 && lowerLeft.y > 300);
  CHECK(lowerRight.x > 550 && lowerRight.y == lowerLeft.y);
  CHECK(upperRight.x == lowerRight.x && upperRight.y < 20);
  CHECK(std::abs(upperCentre.x + upperCentre.width / 2 - 320) <= 1);
  // The same words: the same size, whatever else changes.
  const Rect before = lowerLeft;
  all.resize(1);
  all[0].left = 0.5;
  cards->set(all);
  CHECK(cards->advance(true));
  CHECK(cards->rects().size() == 1 && cards->rects()[0] == before);
  CHECK(!cards->advance(true));
  // Long words break into three lines at most; what has no room waits.
  all[0].words.assign(100, "长长长");
  all.resize(CardLayer::maxCards + 3, all[0]);
  cards->set(all);
  settle(true);
  CHECK(cards->rects().size() > 2 && cards->rects().size() < CardLayer::maxCards);
  for (const Rect& rect : cards->rects()) CHECK(rect.y >= 0 && rect.width < 320 && rect.height < 90);
  cards->set({});
  CHECK(cards->advance(true) && cards->rects().empty());
}

}  // namespace

int main() {
  commentsFlyAtTheirSpeed();
  modesStandWhereTheyShould();
  countsGrowBesideTheirComments();
  retractionsTakeBack();
  densityAndHostileText();
  aBurstKeepsNobodyOutThatPaid();
  theLowestLaneIsKeptWhileOthersThanChatsCome();
  whoHasNotComeInMakesRoomForThePaid();
  whoFindsNoRoomIsCountedWithTheSame();
  pictureKeepsItsAspect();
  idleScreenShowsTheCode();
  picturesStandInTexts();
  cardsStandAtTheirPlaces();
}

#include "scan/repeat-window.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

namespace feimu::scan {

namespace {

/// Longer texts are compared by their beginning.
constexpr std::size_t kMaxCompared = 120;
/// Shorter texts are the same only if they are equal.
constexpr std::size_t kMinSimilar = 4;
constexpr int kMaxDistance = 18;  // of simHash: nothing similar is further away
constexpr std::size_t kMinPairs = 10;
constexpr double kPairsAlike = 0.6;
constexpr std::size_t kMaxPeriod = 8;
/// Of an entry that is out of the window for good, whatever the clock does: no time comes after it.
constexpr std::int64_t kGone = std::numeric_limits<std::int64_t>::max();
/// With one more or less of these, the opposite is said.
constexpr std::u16string_view kNegations = u"不没别无非未勿莫否弗";
/// With another one of the same group, it is said of somebody or something else.
constexpr std::array<std::u16string_view, 20> kGroups{
    u"我你他她它咱您谁", u"左右上下前后里外东西南北", u"大小", u"高低", u"多少", u"长短", u"快慢", u"早晚", u"红蓝黑白绿黄紫橙粉", u"甲乙丙丁",
    u"男女", u"赢输胜负败", u"来去进出", u"开关", u"真假", u"好坏对错", u"生死", u"买卖", u"爱恨哭笑", u"爸妈哥弟姐妹",
};

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xFF51AFD7ED558CCDULL;
  value ^= value >> 33;
  value *= 0xC4CEB9FE1A85EC53ULL;
  return value ^ value >> 33;
}

/// The bits of a byte, each in a byte of its own.
constexpr auto kSpread = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < 256; byte++) {
    for (std::uint64_t bit = 0; bit < 8; bit++) table[byte] |= (byte >> bit & 1) << (bit * 8);
  }
  return table;
}();

bool isDigit(char16_t unit) { return unit >= u'0' && unit <= u'9'; }

/// What is repeated, once: 哈嘻哈嘻 is 哈嘻.
std::u16string_view period(std::u16string_view text) {
  for (std::size_t length = 1; length <= kMaxPeriod && length * 2 <= text.size(); length++) {
    if (text.size() % length == 0 && text.substr(length) == text.substr(0, text.size() - length)) return text.substr(0, length);
  }
  return text;
}

/// Levenshtein's distance, or more than `most`.
std::size_t distance(std::u16string_view a, std::u16string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most) return most + 1;
  std::array<std::uint16_t, kMaxCompared + 1> row;
  for (std::size_t i = 0; i <= a.size(); i++) row[i] = static_cast<std::uint16_t>(i);
  for (std::size_t j = 1; j <= b.size(); j++) {
    std::uint16_t corner = row[0];
    row[0] = static_cast<std::uint16_t>(j);
    std::uint16_t least = row[0];
    for (std::size_t i = 1; i <= a.size(); i++) {
      const auto changed = static_cast<std::uint16_t>(corner + (a[i - 1] == b[j - 1] ? 0 : 1));
      corner = row[i];
      row[i] = std::min({changed, static_cast<std::uint16_t>(row[i] + 1), static_cast<std::uint16_t>(row[i - 1] + 1)});
      least = std::min(least, row[i]);
    }
    if (least > most) return most + 1;
  }
  return row[a.size()];
}

/// Whether what one text has and the other has not turns it into something else.
bool decidesOtherwise(std::u16string_view a, std::u16string_view b) {
  std::u16string left(a), right(b), onlyLeft, onlyRight;
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(onlyLeft));
  std::set_difference(right.begin(), right.end(), left.begin(), left.end(), std::back_inserter(onlyRight));
  const auto has = [](std::u16string_view text, std::u16string_view any) { return text.find_first_of(any) != text.npos; };
  return has(onlyLeft, kNegations) || has(onlyRight, kNegations) ||
         std::ranges::any_of(kGroups, [&](auto group) { return has(onlyLeft, group) && has(onlyRight, group); });
}

/// Two neighbours as one number, sorted. Texts of kMaxCompared characters at most.
std::span<const std::uint32_t> pairsOf(std::u16string_view text, std::array<std::uint32_t, kMaxCompared>& room) {
  const std::size_t count = text.empty() ? 0 : text.size() - 1;
  for (std::size_t at = 0; at < count; at++) room[at] = static_cast<std::uint32_t>(text[at]) << 16 | text[at + 1];
  std::sort(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
  return {room.data(), count};
}

/// The share of the pairs of both that both have.
double alike(std::u16string_view left, std::u16string_view right) {
  std::array<std::uint32_t, kMaxCompared> rooms[2];
  const auto a = pairsOf(left, rooms[0]);
  const auto b = pairsOf(right, rooms[1]);
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      both++;
      i++;
      j++;
    } else {
      a[i] < b[j] ? i++ : j++;
    }
  }
  return a.empty() && b.empty() ? 1 : static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

}  // namespace

std::uint64_t simHash(std::u16string_view text) {
  // How many hashes have a bit, in a byte each: those of 255 features at most.
  std::array<std::uint64_t, 8> counts{};
  std::uint32_t features = 0;
  const auto add = [&](std::uint64_t hash) {
    features++;
    for (std::size_t byte = 0; byte < 8; byte++) counts[byte] += kSpread[hash >> (8 * byte) & 0xFF];
  };
  text = text.substr(0, kMaxCompared);
  for (std::size_t at = 0; at < text.size(); at++) {
    add(mixed(text[at] + 1ULL));
    if (at > 0) add(mixed(static_cast<std::uint64_t>(text[at - 1]) << 20 | text[at] | 1ULL << 40));
  }
  std::uint64_t hash = 0;
  for (std::size_t bit = 0; bit < 64; bit++) {
    const std::uint64_t count = counts[bit / 8] >> (bit % 8 * 8) & 0xFF;
    hash |= static_cast<std::uint64_t>(2 * count > features) << bit;
  }
  return hash;
}

namespace {

template <typename Count>
[[gnu::always_inline]] inline std::size_t nearBy(std::span<const std::uint64_t> hashes, std::uint64_t hash, int most, std::uint16_t* out,
                                                 Count count) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < hashes.size(); at++) {
    out[found] = static_cast<std::uint16_t>(at);
    found += count(hashes[at] ^ hash) <= most ? 1 : 0;
  }
  return found;
}

#if defined(__x86_64__)
/// The least that an x86 has knows no such instruction.
__attribute__((target("popcnt"))) std::size_t nearByInstruction(std::span<const std::uint64_t> hashes, std::uint64_t hash, int most,
                                                                std::uint16_t* out) {
  return nearBy(hashes, hash, most, out, [](std::uint64_t bits) { return __builtin_popcountll(bits); });
}
#endif

}  // namespace

std::size_t nearHashes(std::span<const std::uint64_t> hashes, std::uint64_t hash, int most, std::uint16_t* out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) return nearByInstruction(hashes, hash, most, out);
#endif
  return nearBy(hashes, hash, most, out, [](std::uint64_t bits) { return std::popcount(bits); });
}

RepeatWindow::Entry RepeatWindow::describe(const MatchText& match, std::u16string_view shown) {
  Entry entry;
  std::u16string whole(match.text().substr(0, kMaxCompared));
  if (whole.empty()) {
    // Nothing but marks and pictures: each run of one once.
    for (const char16_t unit : shown.substr(0, kMaxCompared)) {
      if (whole.empty() || whole.back() != unit) whole.push_back(unit);
    }
  }
  entry.text = period(whole);
  // 666 and 66666 are the same, 1 and 11 are not, 2333 and 233333 are.
  const bool laughs = entry.text.size() == 1 || entry.text == u"23";
  for (std::size_t at = 0; at < match.units.size() && at < kMaxCompared; at++) {
    if (!isDigit(match.units[at])) continue;
    if (match.origins[at].numeral) {
      entry.digits.push_back(match.units[at]);
      continue;
    }
    const int times = laughs ? std::min<int>(match.origins[at].run, 2) : match.origins[at].run;
    entry.digits.append(static_cast<std::size_t>(entry.text == u"23" ? 1 : times), match.units[at]);
  }
  if (laughs && entry.digits.size() > 2) entry.digits.resize(2);
  entry.hash = simHash(entry.text);
  return entry;
}

bool RepeatWindow::same(const Entry& a, const Entry& b) {
  if (a.digits != b.digits) return false;
  if (a.text == b.text) return true;
  const std::size_t length = std::min(a.text.size(), b.text.size());
  if (length < kMinSimilar) return false;
  const std::size_t longer = std::max(a.text.size(), b.text.size());
  const std::size_t most = longer < 8 ? 1 : longer < 14 ? 2 : std::max<std::size_t>(3, longer / 6);
  const bool near = distance(a.text, b.text, most) <= most || (length >= kMinPairs && alike(a.text, b.text) >= kPairsAlike);
  return near && !decidesOtherwise(a.text, b.text);
}

RepeatWindow::Taken RepeatWindow::take(const MatchText& match, std::u16string_view shown, std::int64_t nowMs, std::int64_t windowMs) {
  const std::uint64_t number = next_++;
  Entry entry = describe(match, shown);
  std::uint32_t live = 0;
  std::size_t free = entries_.size();
  const auto isLive = [&](std::size_t at) { return nowMs - lastMs_[at] <= windowMs && nowMs >= lastMs_[at]; };
  for (std::size_t at = 0; at < entries_.size(); at++) {
    if (isLive(at)) {
      live++;
    } else {
      lastMs_[at] = kGone;
      free = at;
    }
  }
  std::array<std::uint16_t, maxEntries> near;
  const std::size_t count = nearHashes(hashes_, entry.hash, kMaxDistance, near.data());
  std::size_t first = entries_.size();
  for (std::size_t i = 0; i < count; i++) {
    const std::size_t at = near[i];
    if (first < entries_.size() && entries_[at].number > entries_[first].number) continue;
    if (isLive(at) && same(entries_[at], entry)) first = at;
  }
  if (first < entries_.size()) {
    lastMs_[first] = nowMs;
    return {entries_[first].number, static_cast<std::uint32_t>(first), ++entries_[first].count, live};
  }
  entry.number = number;
  if (free == entries_.size()) {
    if (entries_.size() < maxEntries) {
      entries_.emplace_back();
      hashes_.emplace_back();
      lastMs_.emplace_back();
    } else {
      // The oldest goes.
      free = static_cast<std::size_t>(std::ranges::min_element(entries_, {}, &Entry::number) - entries_.begin());
      live--;
    }
  }
  hashes_[free] = entry.hash;
  lastMs_[free] = nowMs;
  entries_[free] = std::move(entry);
  return {number, static_cast<std::uint32_t>(free), 1, live + 1};
}

}  // namespace feimu::scan

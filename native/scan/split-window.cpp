#include "scan/split-window.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace feimu::scan {

namespace {

constexpr std::size_t kMaxRooms = 64;
constexpr std::size_t kMaxAuthors = 2'000;
/// Comments that are read together at most, by SplitWindow::Kind, and for how long.
constexpr std::array<std::size_t, 3> kMaxParts{8, 6, 8};
/// Comments that come as close as those of a column stand one above the other on the stage.
constexpr std::array<double, 3> kPartMs{30'000, 30'000, 2'000};
/// Of a very short comment.
constexpr std::size_t kBriefUnits = 2;

std::u16string_view firstCharacter(std::u16string_view text) {
  return text.substr(0, text.size() > 1 && (text[0] & 0xFC00) == 0xD800 ? 2 : 1);
}

}  // namespace

template <typename Value>
Value& SplitWindow::Recent<Value>::of(std::u16string_view name, std::size_t most) {
  if (const auto known = byName_.find(name); known != byName_.end()) {
    all_.splice(all_.end(), all_, known->second);
    return all_.back().value;
  }
  if (all_.size() >= most) {
    byName_.erase(all_.front().name);
    all_.pop_front();
  }
  all_.push_back({std::u16string(name), {}});
  byName_.emplace(all_.back().name, std::prev(all_.end()));
  return all_.back().value;
}

const std::vector<SplitWindow::Joined>& SplitWindow::take(const Said& said, const WordBook& book, bool every) {
  joined_.clear();
  if (said.match.empty()) return joined_;
  Room& here = rooms_.of(said.room, kMaxRooms);
  if (!said.author.empty()) join(here.authors.of(said.author, kMaxAuthors), said, Kind::author, book, every);
  if (said.match.size() <= kBriefUnits) join(here.brief, said, Kind::brief, book, every);
  Said above = said;
  above.match = firstCharacter(said.match);
  join(here.column, above, Kind::column, book, every);
  return joined_;
}

void SplitWindow::join(Parts& parts, const Said& said, Kind kind, const WordBook& book, bool every) {
  const std::u16string_view text = said.match;
  const auto which = static_cast<std::size_t>(kind);
  const auto begin = parts.all.begin();
  auto end = std::remove_if(begin, begin + static_cast<std::ptrdiff_t>(parts.count),
                            [&](const Part& part) { return std::abs(said.atMs - part.atMs) > kPartMs[which]; });
  if (end == begin + static_cast<std::ptrdiff_t>(kMaxParts[which])) end = std::move(begin + 1, end, begin);
  // Which parts can reach the cut, and what of the first one cannot.
  auto first = end;
  std::size_t head = 0;
  while (first != begin && head < reach) head += (--first)->size;
  std::size_t left = head > reach ? head - reach : 0;
  head -= left;
  if (head > 0) {
    one_.kind = kind;
    one_.text.clear();
    one_.starts.clear();
    for (auto part = first; part != end; ++part, left = 0) {
      one_.starts.push_back(static_cast<std::uint32_t>(one_.text.size()));
      one_.text.append(part->text().substr(left));
    }
    one_.starts.push_back(static_cast<std::uint32_t>(head));
    one_.text.append(text.substr(0, reach));
    if (every || isCut(one_.text, head, book)) {
      one_.ids.clear();
      for (auto part = first; part != end; ++part) one_.ids.push_back(part->id);
      one_.ids.emplace_back(said.id);
      joined_.push_back(one_);
    }
  }
  const auto last = text.substr(text.size() - std::min(text.size(), reach));
  std::copy(last.begin(), last.end(), end->units.begin());
  end->size = static_cast<std::uint32_t>(last.size());
  end->atMs = said.atMs;
  end->id = said.id;
  parts.count = static_cast<std::size_t>(end - begin) + 1;
}

bool SplitWindow::isCut(std::u16string_view text, std::size_t cut, const WordBook& book) {
  normalise(text, match_);
  soundOut(match_, sound_);
  book.find(match_, sound_, found_);
  return std::ranges::any_of(found_, [&](const auto& found) { return found.hit.start < cut && found.hit.end > cut; });
}

}  // namespace feimu::scan

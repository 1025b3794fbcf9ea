#include "scan/automaton.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>

namespace feimu::scan {

bool AutomatonView::isSound() const {
  if (codes.size() != 65'536 || cells.empty() || !std::has_single_bit(pairs.size()) || pairs.size() > kMaxPairs ||
      (!singles.empty() && singles.size() != 1'024) || words.size() >= 1U << 24 || cells.size() >= kNoCell) {
    return false;
  }
  std::uint16_t alphabet = 0;
  for (const std::uint16_t code : codes) alphabet = std::max(alphabet, code);
  if (cells.size() <= alphabet) return false;

  // Without a branch, a cell at a time as one vector, and what is looked up elsewhere lies close together: a file is opened in a millisecond.
  using Vector [[gnu::vector_size(16)]] = std::uint32_t;
  static_assert(sizeof(Vector) == sizeof(Cell));
  const auto depths = std::make_unique_for_overwrite<std::uint8_t[]>(cells.size());
  const auto count = static_cast<std::uint32_t>(cells.size());
  const Vector limits{count - 1 - alphabet, ~0U, count - 1, static_cast<std::uint32_t>(words.size())};
  Vector beyond{};
  for (std::size_t at = 0; at < cells.size(); at++) {
    Vector cell;
    std::memcpy(&cell, &cells[at], sizeof cell);
    depths[at] = static_cast<std::uint8_t>(cell[3] >> 24);
    cell[3] &= 0xFFFFFF;
    beyond |= static_cast<Vector>(cell > limits);
  }
  if ((beyond[0] | beyond[2] | beyond[3]) != 0 || cells[0].wordAndDepth != 0 || cells[0].parent != kNoCell) return false;
  bool bad = false;
  for (const WordEnd& word : words) bad |= (word.length - 1 >= kMaxWord) | (word.suffix > words.size());
  if (bad) return false;
  // A fall leads upwards and a suffix is shorter, so that both end.
  for (std::size_t at = 1; at < cells.size(); at++) bad |= depths[cells[at].fail] + (cells[at].fail != 0 ? 1 : 0) > depths[at];
  for (const WordEnd& word : words) bad |= (word.suffix != 0) & (words[word.suffix == 0 ? 0 : word.suffix - 1].length >= word.length);
  return !bad;
}

namespace {

/// The words as a tree whose nodes are numbered in the order of the sorted words; 0 is the root.
struct Trie {
  std::vector<std::uint32_t> firstChild{0}, nextSibling{0}, word{0};
  std::vector<std::uint16_t> code{0};

  std::uint32_t add(std::uint16_t by) {
    firstChild.push_back(0);
    nextSibling.push_back(0);
    word.push_back(0);
    code.push_back(by);
    return static_cast<std::uint32_t>(code.size() - 1);
  }
};

/// Cells that are free, as a ring in order through cell 0, which is the root's and never free.
class Places {
 public:
  std::uint32_t firstFree() const { return next_[0]; }
  /// There is always one more.
  std::uint32_t nextFree(std::uint32_t cell) {
    while (cell + 2 >= next_.size()) grow();
    return next_[cell];
  }
  bool isFree(std::size_t cell) const { return cell >= next_.size() || previous_[cell] != kNoCell; }
  std::uint32_t end() const { return end_; }

  void take(std::uint32_t cell) {
    while (cell + 2 >= next_.size()) grow();
    next_[previous_[cell]] = next_[cell];
    previous_[next_[cell]] = previous_[cell];
    previous_[cell] = kNoCell;
    end_ = std::max(end_, cell + 1);
  }

 private:
  void grow() {
    const auto old = static_cast<std::uint32_t>(next_.size());
    const std::uint32_t last = previous_[0];
    next_.resize(old * 2);
    previous_.resize(old * 2);
    for (auto cell = old; cell < old * 2; cell++) {
      next_[cell] = cell + 1;
      previous_[cell] = cell - 1;
    }
    next_[last] = old;
    previous_[old] = last;
    next_.back() = 0;
    previous_[0] = old * 2 - 1;
  }

  std::vector<std::uint32_t> next_{1, 0}, previous_{1, 0};
  std::uint32_t end_ = 1;
};

constexpr int kMaxTries = 32;
constexpr std::size_t kBitsPerPair = 16;

}  // namespace

Automaton buildAutomaton(std::span<const std::u16string_view> words) {
  Automaton made;
  made.codes.assign(65'536, 0);

  // Frequent units get small codes: what is visited most lies close together.
  std::vector<std::uint32_t> frequency(65'536);
  for (const auto word : words) {
    for (const char16_t unit : word) frequency[unit]++;
  }
  std::vector<std::uint16_t> units;
  for (std::uint32_t unit = 0; unit < 65'536; unit++) {
    if (frequency[unit] > 0) units.push_back(static_cast<std::uint16_t>(unit));
  }
  std::stable_sort(units.begin(), units.end(), [&](auto a, auto b) { return frequency[a] > frequency[b]; });
  // The rarest of 65,536 different units would have no code left: there is no such list.
  for (std::size_t i = 0; i < units.size() && i < 65'535; i++) made.codes[units[i]] = static_cast<std::uint16_t>(i + 1);
  const std::size_t alphabet = units.size();

  std::vector<std::uint32_t> order(words.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return words[a] < words[b]; });

  Trie trie;
  std::array<std::uint32_t, kMaxWord + 1> path{};
  std::u16string_view before;
  for (const std::uint32_t index : order) {
    const auto word = words[index];
    std::size_t depth = 0;
    while (depth < before.size() && depth < word.size() && before[depth] == word[depth]) depth++;
    for (; depth < word.size(); depth++) {
      const auto node = trie.add(made.codes[word[depth]]);
      trie.nextSibling[node] = trie.firstChild[path[depth]];
      trie.firstChild[path[depth]] = node;
      path[depth + 1] = node;
    }
    trie.word[path[word.size()]] = index + 1;
    before = word;
  }
  const auto nodes = static_cast<std::uint32_t>(trie.code.size());

  // Nodes with many children find their places first, those with one fill what is left between them.
  std::vector<std::uint16_t> children(nodes);
  std::uint16_t most = 0;
  for (std::uint32_t node = 0; node < nodes; node++) {
    for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) children[node]++;
    most = std::max(most, children[node]);
  }
  std::vector<std::uint32_t> starts(most + 2U), placing(nodes);
  for (const auto count : children) starts[most - count + 1U]++;
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  for (std::uint32_t node = 0; node < nodes; node++) placing[starts[most - children[node]]++] = node;

  Places places;
  std::vector<std::uint32_t> bases(nodes), cellOf(nodes);
  const auto place = [&](std::uint32_t node, std::uint32_t base) {
    bases[node] = base;
    for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) {
      cellOf[child] = base + trie.code[child];
      places.take(cellOf[child]);
    }
  };
  place(0, 0);
  // Where the search goes on: what is left free behind it is for nodes with half as many children. (From the start again with each number of
  // children, the search takes three times as long for 100,000 words, and ever longer for more.)
  std::uint32_t cursor = 0;
  std::uint16_t lastChildren = 0;
  for (const std::uint32_t node : placing) {
    if (node == 0 || children[node] == 0) continue;
    if (children[node] != lastChildren && std::has_single_bit(children[node])) cursor = 0;
    lastChildren = children[node];
    std::uint32_t lowest = ~0U;
    for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) {
      lowest = std::min<std::uint32_t>(lowest, trie.code[child]);
    }
    const auto fits = [&](std::uint32_t base) {
      for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) {
        if (!places.isFree(base + trie.code[child])) return false;
      }
      return true;
    };
    std::uint32_t cell = cursor != 0 && places.isFree(cursor) ? cursor : places.firstFree();
    int tries = 0;
    while (cell <= lowest || !fits(cell - lowest)) {
      tries++;
      cell = places.nextFree(cell);
    }
    place(node, cell - lowest);
    if (tries > kMaxTries) cursor = places.nextFree(cell);
  }

  made.cells.assign(places.end() + alphabet + 1, {0, kNoCell, 0, 0});
  std::vector<std::uint32_t> queue{0};
  queue.reserve(nodes);
  for (std::size_t head = 0; head < queue.size(); head++) {
    const std::uint32_t node = queue[head];
    made.cells[cellOf[node]].base = bases[node];
    for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) {
      made.cells[cellOf[child]].parent = cellOf[node];
      queue.push_back(child);
    }
  }
  made.words.resize(words.size());
  for (const std::uint32_t node : queue) {
    Cell& cell = made.cells[cellOf[node]];
    const std::uint32_t depth = node == 0 ? 0 : made.cells[cell.parent].depth() + 1;
    const std::uint32_t longest = made.cells[cell.fail].word();
    const std::uint32_t own = trie.word[node];
    if (own != 0) made.words[own - 1] = {depth, longest};
    cell.wordAndDepth = (own != 0 ? own : longest) | depth << 24;
    if (node == 0) continue;  // its children fall back to it
    for (auto child = trie.firstChild[node]; child != 0; child = trie.nextSibling[child]) {
      for (std::uint32_t fall = cell.fail;; fall = made.cells[fall].fail) {
        const std::uint32_t found = made.cells[fall].base + trie.code[child];
        if (made.cells[found].parent == fall) {
          made.cells[cellOf[child]].fail = found;
          break;
        }
        if (fall == 0) break;
      }
    }
  }

  std::size_t begins = 0;
  for (auto child = trie.firstChild[0]; child != 0; child = trie.nextSibling[child]) begins += 1U + children[child];
  made.pairs.assign(std::clamp<std::size_t>(std::bit_ceil(begins * kBitsPerPair / 64), 1, kMaxPairs), 0);
  const int shift = 32 - std::countr_zero(made.pairs.size() * 64);
  for (const auto word : words) {
    if (word.size() > 1) {
      const std::uint32_t hash = pairHash(word[0], word[1]) >> shift;
      made.pairs[hash >> 6] |= std::uint64_t{1} << (hash & 63);
    } else {
      made.singles.resize(1'024);
      made.singles[word[0] >> 6] |= std::uint64_t{1} << (word[0] & 63);
    }
  }
  return made;
}

}  // namespace feimu::scan

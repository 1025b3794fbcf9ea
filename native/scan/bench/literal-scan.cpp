// Literal scan against Vectorscan, in turn in one run: literal-scan WORDS COMMENTS ROUNDS FIRST, files of UTF-8 lines. Prints JSON; `firstSum`
// is of the matches in the first so many comments.
// Built by `feimu bench clean`, where libvectorscan-dev or libhyperscan-dev is installed.
#include <hs.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "scan/automaton.h"

namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> linesOf(const char* path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// Of characters in the basic plane, which is all that the bench writes.
std::u16string wide(std::string_view text) {
  std::u16string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : 3;
    unsigned value = length == 1 ? first : first & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; i++) value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    out.push_back(static_cast<char16_t>(value));
    at += length;
  }
  return out;
}

double secondsOf(const auto& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const auto words = linesOf(arguments[1]);
  const auto comments = linesOf(arguments[2]);
  const int rounds = std::atoi(arguments[3]);
  const auto first = static_cast<std::size_t>(std::atoi(arguments[4]));
  std::vector<std::u16string> wideWords, wideComments;
  for (const auto& word : words) wideWords.push_back(wide(word));
  for (const auto& comment : comments) wideComments.push_back(wide(comment));

  feimu::scan::Automaton automaton;
  const double buildS = secondsOf([&] {
    automaton = feimu::scan::buildAutomaton(std::vector<std::u16string_view>(wideWords.begin(), wideWords.end()));
  });
  const auto view = automaton.view();
  const std::size_t bytes = automaton.cells.size() * sizeof(feimu::scan::Cell) + automaton.words.size() * sizeof(feimu::scan::WordEnd) +
                            automaton.codes.size() * 2 + automaton.pairs.size() * 8;

  std::vector<const char*> expressions;
  std::vector<unsigned> flags(words.size(), 0), ids;
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < words.size(); i++) {
    expressions.push_back(words[i].c_str());
    ids.push_back(static_cast<unsigned>(i));
    lengths.push_back(words[i].size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const double peerBuildS = secondsOf([&] {
    if (hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(words.size()),
                             HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
      std::fprintf(stderr, "vectorscan: %s\n", error->message);
      std::exit(1);
    }
  });
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 1;

  // The same for each match of both, whatever order they come in: comment, word.
  std::uint64_t own = 0, peer = 0, ownMatches = 0, peerMatches = 0;
  double ownS = 1e9, peerS = 1e9;
  for (int round = 0; round < rounds; round++) {
    own = peer = ownMatches = peerMatches = 0;
    ownS = std::min(ownS, secondsOf([&] {
                      for (std::size_t i = 0; i < wideComments.size(); i++) {
                        view.scan(wideComments[i], [&](std::uint32_t word, std::size_t, std::size_t) {
                          own += (i + 1) * 1'000'003 ^ word;
                          ownMatches++;
                        });
                      }
                    }));
    struct Counted {
      std::uint64_t* sum;
      std::uint64_t* matches;
      std::size_t comment;
    } counted{&peer, &peerMatches, 0};
    const auto onMatch = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
      auto& to = *static_cast<Counted*>(context);
      *to.sum += (to.comment + 1) * 1'000'003 ^ id;
      ++*to.matches;
      return 0;
    };
    peerS = std::min(peerS, secondsOf([&] {
                       for (std::size_t i = 0; i < comments.size(); i++) {
                         counted.comment = i;
                         hs_scan(database, comments[i].data(), static_cast<unsigned>(comments[i].size()), 0, scratch, onMatch, &counted);
                       }
                     }));
  }
  std::uint32_t firstSum = 0;
  for (std::size_t i = 0; i < std::min(first, wideComments.size()); i++) {
    view.scan(wideComments[i], [&](std::uint32_t word, std::size_t, std::size_t) {
      firstSum += static_cast<std::uint32_t>(i + 1) * 1'000'003U ^ word;
    });
  }
  std::printf("{\"firstSum\":%u,\"perSecond\":%.0f,\"peerPerSecond\":%.0f,\"buildMs\":%.1f,\"peerBuildMs\":%.1f,\"automatonBytes\":%zu,\"matches\":%llu,\"same\":%s}\n",
              firstSum,
              static_cast<double>(comments.size()) / ownS, static_cast<double>(comments.size()) / peerS, buildS * 1e3, peerBuildS * 1e3, bytes,
              static_cast<unsigned long long>(ownMatches), own == peer && ownMatches == peerMatches ? "true" : "false");
  hs_free_scratch(scratch);
  hs_free_database(database);
}

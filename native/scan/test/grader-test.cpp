#include "scan/grader.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

/// Numbers that mean nothing, of the sizes that a model has.
struct Parts {
  std::vector<std::int8_t> table = std::vector<std::int8_t>(kGradeTableRows * kGradeClasses);
  std::vector<float> scales = std::vector<float>(kGradeClasses, 0.01F);
  std::vector<float> weights = std::vector<float>(kGradeInputs * kGradeClasses);
  std::vector<float> bias = std::vector<float>(kGradeClasses);
  std::vector<std::uint32_t> grams;

  Grader::Model model() const { return {table, scales, weights, bias, grams}; }
};

void refusesPartsOfOtherSizes() {
  CHECK(Grader::of(Parts().model()));
  Parts table, scales, weights, bias, grams;
  table.table.pop_back();
  scales.scales.clear();
  weights.weights.push_back(0);
  bias.bias.pop_back();
  grams.grams.resize(kGradeInputs);
  for (const Parts* parts : {&table, &scales, &weights, &bias, &grams}) CHECK(!Grader::of(parts->model()));
}

void weighsWordsShapesAndGrams() {
  Parts parts;
  parts.grams = {static_cast<std::uint32_t>(u'飞') << 16 | u'幕'};
  parts.weights[kGradeClasses * kGradeClasses + 3] = 2;          // the first flag speaks for class 3
  parts.weights[kGradeGramsAt * kGradeClasses + 4] = 3;          // the gram speaks for class 4
  const auto grader = Grader::of(parts.model());
  const auto plain = grader->grade(u"弹幕", 2, 0);
  for (const float likely : plain) CHECK(std::abs(likely - 0.2F) < 1e-6F);
  const auto flagged = grader->grade(u"弹幕", 2, 1);
  CHECK(std::abs(flagged[3] / flagged[0] - std::exp(2.F)) < 1e-3F);
  // However often it stands there.
  const auto gram = grader->grade(u"飞幕飞幕飞幕", 6, 0);
  CHECK(std::abs(gram[4] / gram[0] - std::exp(3.F)) < 1e-3F);
}

void tellsShapes() {
  const auto shapes = shapesOf(u"加v123456", 16);
  CHECK(std::abs(shapes[0] - 8.F / 60) < 1e-6F && shapes[7] == 1 && shapes[8] == 0 && shapes[9] == 1);
  CHECK(shapes[10] == 0.5F && shapes[11] == 1);
  const auto empty = shapesOf(u"", 3);
  CHECK(empty[1] == 1 && empty[10] == 1 && empty[11] == 0);
}

// Whatever comes, the shares add up to one.
void gradesAnyText() {
  std::mt19937 random(1);
  Parts parts;
  for (auto& cell : parts.table) cell = static_cast<std::int8_t>(random());
  for (auto& weight : parts.weights) weight = static_cast<float>(random() % 2'000) / 1'000 - 1;
  for (std::uint32_t i = 0; i < 400; i++) parts.grams.push_back(random());
  const auto grader = Grader::of(parts.model());
  for (int round = 0; round < 2'000; round++) {
    std::u16string text(random() % 200, u' ');
    for (auto& unit : text) unit = static_cast<char16_t>(random());
    float sum = 0;
    for (const float likely : grader->grade(text, text.size(), static_cast<std::uint32_t>(random()))) {
      CHECK(likely >= 0 && likely <= 1);
      sum += likely;
    }
    CHECK(std::abs(sum - 1) < 1e-4F);
  }
}

}  // namespace

int main() {
  refusesPartsOfOtherSizes();
  weighsWordsShapesAndGrams();
  tellsShapes();
  gradesAnyText();
  return 0;
}

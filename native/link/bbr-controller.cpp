#include "link/bbr-controller.h"

#include <algorithm>
#include <cmath>

namespace feimu {

namespace {
constexpr double startupGain = 2.77;    // 4 ln 2, draft §5.6.2
/// What was learnt of a path that nothing fills is too little, and a frame waits for it: the last packet of one (P95)
/// comes after 0.8 ms instead of 2.2 in `lan`, and a browser's path of 20 Mbps is not taken for 12. Not where the path's
/// queue is too short for it.
constexpr double roomyGain = 1.5;
constexpr double roomyLoss = 0.001;
constexpr double drainGain = 0.5;       // of the source's rate: a pacer alone would only move the queue
constexpr double downGain = 0.9;
constexpr double pacingMargin = 0.99;   // draft §5.6.2
constexpr double fill = 0.98;           // of the path, for the source
constexpr double lossThreshold = 0.02;  // draft §2.7
constexpr double lossBeta = 0.7;
constexpr double heavyLoss = 0.1;       // less may be chance, as on Wi-Fi
constexpr double competingBeta = 0.85;  // the draft's 0.7 leaves 11 % of 6 Mbps to it beside CUBIC, this 44 %
/// A queue that stands between frames this high is overload; more where the path's delay varies by itself.
constexpr double standingUs = 10'000;
constexpr double noisyUs = 2'500;
/// Over 8 s, and with cuts of 5 %, `jitter` used 0.919 of the link instead of 0.945 (median of 24 seeds; the least 0.867
/// and 0.914): it began slowly.
constexpr double noiseSeconds = 4;
constexpr double noisyCut = 0.03;
/// So little change for so long is no queue.
constexpr double steadyUs = 3'000;
constexpr std::int64_t steadyForUs = 500'000;
constexpr std::int64_t fallUs = 10'000;
/// Waiting longer than for this costs too much beside TCP: of 6 Mbps it leaves 15 to 35 % instead of 29 to 44 %.
constexpr std::int64_t longQueueUs = 500'000;
/// As CUBIC grows back to where it lost, in about five seconds.
constexpr double competingGrowth = 0.06;
constexpr double competingGrowthBps = 60e3;
constexpr std::int64_t fullMtu = 1'500;
/// What arrives in one moment (a receiver that wakes up seldom, or lies) was not carried at once.
constexpr double maxSampleBps = 1e9;
/// Before the first report nothing is known of the round trip: RFC 6298 §2.1.
constexpr std::int64_t firstReportUs = 1'000'000;
/// Blind, what was under way this long is given up, and one more window may leave.
constexpr std::int64_t giveUpUs = 1'000'000;
/// No longer is waited for a round trip, or for a queue to drain, whatever feedback said of them: 2.5 s with giveUpUs.
constexpr std::int64_t longestRttUs = 1'000'000;
constexpr std::int64_t longestDrainUs = 500'000;
}  // namespace

BbrController::BbrController(const BbrOptions& options) : options_(options), random_(options.seed) {}

std::string_view BbrController::nameOf(State state) {
  switch (state) {
    case State::startup: return "Startup";
    case State::drain: return "Drain";
    case State::down: return "ProbeBW-Down";
    case State::cruise: return "ProbeBW-Cruise";
    case State::refill: return "ProbeBW-Refill";
    case State::up: return "ProbeBW-Up";
    case State::probeRtt: return "ProbeRTT";
  }
  return "";
}

bool BbrController::noisy() const { return noiseUs_ > noisyUs; }

/// The source cannot fill the path, so no burst of it stands in a queue for longer than a frame.
bool BbrController::roomy() const {
  const bool known = cycleMax_[0] > 0 || cycleMax_[1] > 0;
  const bool room = known && options_.maxBps <= 0.8 * fill * maxBandwidth();
  return options_.roomy && room && shortBw_ == 0 && !competing_ && !noisy() && model_.lossRatio() < roomyLoss;
}

double BbrController::maxBandwidth() const {
  const double known = std::max(cycleMax_[0], cycleMax_[1]);
  return known > 0 ? known : options_.startBps;
}

double BbrController::bandwidth() const {
  if (shortBw_ <= 0) return maxBandwidth();
  // Beside a flow that fills the queue trains show what it leaves, not what it would give way to.
  return competing_ ? shortBw_ : std::min(shortBw_, maxBandwidth());
}

std::int64_t BbrController::standingLimitUs() const { return static_cast<std::int64_t>(standingUs + noiseUs_); }

void BbrController::onSent(const SentPacket& packet) {
  model_.onSent(packet);
  if (sentSinceUs_ < 0) sentSinceUs_ = packet.sentUs;
}

void BbrController::onFeedback(const FeedbackReport& report) {
  const std::int64_t before = model_.deliveredBytes();
  model_.onFeedback(report);
  if (model_.deliveredBytes() != before) {
    // Some receivers report once a frame, browsers every 50 to 250 ms.
    // In a pause of the source there is nothing to report.
    const bool paused = sentSinceUs_ - heardUs_ > 3 * options_.frameUs;
    if (heardUs_ >= 0 && !paused) gapUs_ = std::max(std::min<std::int64_t>(report.nowUs - heardUs_, 300'000), gapUs_ - gapUs_ / 32);
    heardUs_ = report.nowUs;
    sentSinceUs_ = -1;
    if (blind_) {
      blind_ = false;
      // What was lost meanwhile tells of the outage, not of the rate.
      model_.forgetLosses();
      noCutBeforeUs_ = report.nowUs + 100'000;
    }
  }
  if (options_.trains) {
    for (const Train& train : model_.trains()) takeTrain(train, report.nowUs);
  } else if (model_.receivedBps() > 0) {
    // The draft's delivery rate, of a source that is limited between all its frames.
    takeTrain({INFINITY, model_.receivedBps(), PathModel::receiveWindowUs}, report.nowUs);
  }
  watchQueue(report.nowUs);
  watchLosses(report.nowUs);
  grow(report.nowUs);
  advanceState(report.nowUs);
}

void BbrController::takeTrain(const Train& train, std::int64_t nowUs) {
  const double sample = std::min(train.bps(), maxSampleBps);
  const bool first = cycleMax_[0] == 0 && cycleMax_[1] == 0;
  // One train that was squeezed together on its way raises nothing: what the path carried is the median of five, what
  // it carried at least the second largest of three.
  Recent& recent = train.pathLimited() ? limited_ : unlimited_;
  recent.take(sample);
  if (train.pathLimited()) learned_++;
  const double agreed = first ? sample : train.pathLimited() ? recent.rank(noisy() ? 4 : 2) : recent.rankOfThree();
  if (first || train.pathLimited() || agreed > maxBandwidth()) cycleMax_[0] = std::max(cycleMax_[0], agreed);
  if (nowUs - cycleSinceUs_ > 2'500'000) advanceFilter(nowUs);
  if (state_ == State::up || state_ == State::startup) {
    if (maxBandwidth() < upStartBw_ * 1.25) plateau_ += train.pathLimited() ? 1 : 0;
    else {
      plateau_ = 0;
      upStartBw_ = maxBandwidth();
    }
  }
  const bool slow = train.pathLimited() && train.arrivedBps < 0.75 * bandwidth();
  if (options_.quickDrop && slow && model_.queueUs() > 25'000 + static_cast<std::int64_t>(2 * noiseUs_)) overload(train.arrivedBps, nowUs);
}

void BbrController::advanceFilter(std::int64_t nowUs) {
  if (learned_ < 5) return;
  cycleSinceUs_ = nowUs;
  learned_ = 0;
  cycleMax_[1] = cycleMax_[0];
  cycleMax_[0] = 0;
}

void BbrController::overload(double carriedBps, std::int64_t nowUs) {
  if (competing_ || nowUs < noCutBeforeUs_ || carriedBps <= 0) return;
  const double share = std::clamp(carriedBps / maxBandwidth(), 0.0, 1.0);
  // Where the delay varies by itself each cut may be one too many.
  const double cut = !options_.shares ? 0.1 : noisy() ? noisyCut : 0.05 + 0.1 * share;
  shortBw_ = std::max(carriedBps * (1 - cut), options_.minBps);
  cutBw_ = carriedBps;
  // What is on its way has to arrive, and the queue to drain, before the cut can show.
  noCutBeforeUs_ = nowUs + model_.minRttUs() + std::min<std::int64_t>(model_.queueUs() * 2, 300'000) + options_.frameUs;
  if (state_ == State::up || state_ == State::refill) enter(State::down, nowUs);
  if (state_ == State::startup) enter(State::drain, nowUs);
}

void BbrController::watchQueue(std::int64_t nowUs) {
  if (!options_.standing) return;
  const std::int64_t standing = model_.standingQueueUs();
  if (standing > standingLimitUs()) {
    queueLowSinceUs_ = -1;
    if (queueHighSinceUs_ < 0) {
      queueHighSinceUs_ = nowUs;
      highBw_ = bandwidth();
      highQueueUs_ = standing;
      steady_ = {nowUs, standing, standing};
    }
    overload(model_.receivedBps(), nowUs);
    watchBase(standing, nowUs);
  } else {
    queueHighSinceUs_ = -1;
    if (queueLowSinceUs_ < 0) queueLowSinceUs_ = nowUs;
  }
  // What is there all the time, but too little to be a queue of ours, is how the path's delay varies by itself.
  const double seconds = std::clamp(static_cast<double>(nowUs - noiseSinceUs_) / 1e6, 0.0, 0.2);
  noiseSinceUs_ = nowUs;
  noiseUs_ += (static_cast<double>(std::min<std::int64_t>(standing, 10'000)) - noiseUs_) * seconds / noiseSeconds;
  updateCompeting(nowUs);
}

/// A queue moves with every change of rate. What stays the same while the rate is cut is the path itself, longer now.
void BbrController::watchBase(std::int64_t standing, std::int64_t nowUs) {
  steady_.lowUs = std::min(steady_.lowUs, standing);
  steady_.highUs = std::max(steady_.highUs, standing);
  if (static_cast<double>(steady_.highUs - steady_.lowUs) > steadyUs + noiseUs_ || model_.lossRatio() > heavyLoss) {
    steady_ = {nowUs, standing, standing};
  }
  // Beside another flow a queue may stand still for a while: at the knee of its curve.
  const std::int64_t longUs = (competing_ ? 8 : 1) * steadyForUs + model_.minRttUs();
  if (nowUs - steady_.sinceUs < longUs) return;
  model_.forgetBase();
  shortBw_ = std::max(shortBw_, highBw_ / 2);
  queueHighSinceUs_ = -1;
  competing_ = false;
}

void BbrController::updateCompeting(std::int64_t nowUs) {
  if (!options_.competing) return;
  // A queue that falls is one of ours.
  const std::int64_t standing = model_.standingQueueUs();
  highQueueUs_ = std::max(highQueueUs_, standing);
  if (!competing_ && queueHighSinceUs_ >= 0 && standing < highQueueUs_ - std::max(fallUs, highQueueUs_ / 16)) {
    queueHighSinceUs_ = nowUs;
    highQueueUs_ = standing;
  }
  // What leaves a long queue now went in before the cut.
  const std::int64_t patienceUs = 800'000 + 4 * model_.minRttUs() + 2 * std::max<std::int64_t>(0, standing - longQueueUs);
  if (!competing_ && queueHighSinceUs_ >= 0 && nowUs - queueHighSinceUs_ > patienceUs) {
    competing_ = true;
    shortBw_ = std::max(shortBw_, highBw_ / 2);
    cutBw_ = 0;
  }
  if (competing_ && queueLowSinceUs_ >= 0 && nowUs - queueLowSinceUs_ > 500'000) competing_ = false;
  model_.holdBase(competing_ || queueHighSinceUs_ >= 0);
}

void BbrController::watchLosses(std::int64_t nowUs) {
  if (state_ == State::up && model_.rounds() > stateRound_ && model_.lossRatio() > lossThreshold + 2 * lossBeforeUp_) {
    // The burst was too much for the queue on the path, not the rate for the path: probe more gently.
    upGain_ = std::max(1.1, 1 + (upGain_ - 1) / 2);
    enter(State::down, nowUs);
  }
  const double loss = model_.lossRatio();
  if (nowUs < noCutBeforeUs_) return;
  if (competing_ && loss > lossThreshold) {
    shortBw_ = std::max(bandwidth() * competingBeta, options_.minBps);
    noCutBeforeUs_ = nowUs + model_.minRttUs() + 1'000'000;
  } else if (!competing_ && loss > heavyLoss) {
    shortBw_ = std::max({std::min(bandwidth(), model_.receivedBps() * 0.95), bandwidth() * lossBeta, options_.minBps});
    cutBw_ = 0;
    noCutBeforeUs_ = nowUs + model_.minRttUs() + 1'000'000;
  }
}

void BbrController::grow(std::int64_t nowUs) {
  const double seconds = std::clamp(static_cast<double>(nowUs - grewUs_) / 1e6, 0.0, 0.2);
  grewUs_ = nowUs;
  if (shortBw_ <= 0 || nowUs < noCutBeforeUs_) return;
  if (!competing_ && model_.standingQueueUs() > standingLimitUs() / 2) return;
  const double most = maxBandwidth();
  const double share = std::clamp(shortBw_ / most, 0.0, 1.0);
  const bool careful = (shortBw_ > 0.9 * cutBw_ && shortBw_ < 1.15 * cutBw_);
  const double additive = 30e3 + 0.06 * most * (options_.shares ? 1.2 - share : 0.5);
  if (competing_) {
    shortBw_ = std::min(shortBw_ + seconds * (competingGrowthBps + competingGrowth * shortBw_), options_.maxBps / fill);
    return;
  }
  shortBw_ += seconds * (careful ? additive : std::max(additive, 0.7 * shortBw_));
  if (shortBw_ >= most) shortBw_ = 0;
}

void BbrController::enter(State state, std::int64_t nowUs) {
  if (state_ == State::up && state != State::up) advanceFilter(nowUs);
  state_ = state;
  stateSinceUs_ = nowUs;
  stateRound_ = model_.rounds();
  if (state == State::cruise) waitUs_ = 1'000'000 + static_cast<std::int64_t>(random_() % 700'000);
  if (state == State::up) {
    upStartBw_ = maxBandwidth();
    plateau_ = 0;
    lossBeforeUp_ = model_.lossRatio();
  }
}

void BbrController::advanceState(std::int64_t nowUs) {
  const std::int64_t inState = nowUs - stateSinceUs_;
  const bool drained = model_.standingQueueUs() < 4'000;
  // With room to spare there is nothing to learn.
  const bool wants = options_.maxBps > 0.8 * fill * maxBandwidth() && (shortBw_ == 0 || noisy());
  switch (state_) {
    case State::startup: {
      if (cycleMax_[0] == 0) break;
      if (upStartBw_ == 0) upStartBw_ = maxBandwidth();
      if (plateau_ >= 3) enter(State::drain, nowUs);
      else if (!wants && model_.rounds() > 3) enter(State::cruise, nowUs);
      break;
    }
    case State::drain:
      if (drained || inState > 500'000) enter(State::cruise, nowUs);
      break;
    case State::down:
      if (drained || inState > 300'000 + model_.minRttUs()) enter(State::cruise, nowUs);
      break;
    case State::cruise:
      if (model_.baseAgeUs() > 5'000'000 && !competing_ && nowUs - probeRttUs_ > 5'000'000) {
        probeRttUs_ = nowUs;
        enter(State::probeRtt, nowUs);
      } else if (wants && inState > waitUs_) {
        enter(State::refill, nowUs);
      }
      break;
    case State::refill:
      if (model_.rounds() > stateRound_) enter(State::up, nowUs);
      break;
    case State::up:
      // Where trains are torn apart on their way, only the rate itself can show what the path carries.
      if (noisy() && model_.rounds() > stateRound_ + 1) cycleMax_[0] = std::max(cycleMax_[0], model_.receivedBps());
      if ((plateau_ >= 2 && !noisy()) || inState > (noisy() ? 600'000 : 1'000'000) + 2 * model_.minRttUs()) {
        if (plateau_ >= 2) upGain_ = std::min(2.0, upGain_ * 1.1);
        enter(State::down, nowUs);
      }
      break;
    case State::probeRtt:
      if (inState > 200'000 + model_.minRttUs()) enter(State::cruise, nowUs);
      break;
  }
}

void BbrController::onTick(std::int64_t nowUs) {
  if (!options_.blind) return;
  if (!blind_ && sentSinceUs_ < 0 && nowUs >= wakeUs()) {
    model_.forgetInflight();
    return;
  }
  if (!blind_ && sentSinceUs_ >= 0 && nowUs >= wakeUs()) {
    blind_ = true;
    blindSinceUs_ = nowUs;
    return;
  }
  if (blind_ && nowUs - blindSinceUs_ > giveUpUs) {
    model_.forgetInflight();
    blindSinceUs_ = nowUs;
  }
}

std::int64_t BbrController::wakeUs() const {
  if (!options_.blind) return INT64_MAX;
  if (blind_) return blindSinceUs_ + giveUpUs + 1;
  const std::int64_t rttUs = std::min(model_.minRttUs(), longestRttUs);
  if (sentSinceUs_ < 0) {
    // A window that shrank below what is under way lets nothing leave that could be heard of.
    const std::int64_t patienceUs = giveUpUs + rttUs + std::min(model_.queueUs(), longestDrainUs);
    return model_.inflightBytes() > 0 ? heardUs_ + patienceUs : INT64_MAX;
  }
  if (heardUs_ < 0) return sentSinceUs_ + firstReportUs;
  const std::int64_t reportUs = std::max(3 * options_.frameUs / 2, gapUs_ + options_.frameUs / 2);
  const std::int64_t queueUs = std::min<std::int64_t>(model_.queueUs(), 300'000);
  return std::max(heardUs_, sentSinceUs_) + rttUs + reportUs + queueUs + 10'000;
}

RateTarget BbrController::target() const {
  const double bw = bandwidth();
  RateTarget target;
  double gain = 1;
  double media = fill * bw;
  switch (state_) {
    case State::startup: gain = startupGain; break;
    case State::drain: gain = 1; media *= competing_ ? 1 : drainGain; break;
    case State::down: media *= competing_ ? 1 : downGain; break;
    case State::up: gain = upGain_; break;
    case State::probeRtt: media *= 0.5; break;
    default: break;
  }
  if (gain == 1 && roomy()) gain = roomyGain;
  if (blind_) media *= 0.25;
  target.pacingBps = std::max(gain * bw * pacingMargin, options_.minBps);
  target.mediaBps = std::clamp(media, options_.minBps, options_.maxBps);
  const double rttUs = static_cast<double>(model_.minRttUs() + std::max(options_.frameUs, gapUs_));
  target.windowBytes = static_cast<std::int64_t>(2 * bw * (rttUs + static_cast<double>(options_.frameUs)) / 8e6) + 10 * fullMtu;
  target.state = blind_ ? "FeedbackLost" : competing_ ? "Competing" : nameOf(state_);
  target.blind = blind_;
  target.queueUs = competing_ ? 0 : model_.standingQueueUs();
  return target;
}

}  // namespace feimu

#pragma once

// Push, pull and push-pull of one item on the complete graph of n nodes, fanout 1, in synchronous rounds, as exact
// Markov chains of the number k of informed nodes; for laws at sizes that no table lists. Nothing here is simulated.
//
// In a round each informed node may push to one uniform other node, each uninformed may ask one.
//   push   The k pushes are k balls thrown one after the other: the next hits a node that is uninformed and not yet
//          hit, of which there are n - k - j, with probability (n - k - j) / (n - 1).
//   pull   Each of the n - k uninformed asks an informed node with probability k / (n - 1), independently.
//   both   What a node asks is independent of what hits it. With j hit, of the n - k - j others a binomial number b
//          asks an informed node, so k' = k + j + b. Messages with the item: the k pushes, the b replies, and as many
//          replies to those j nodes as asked an informed one (binomial), as a round reads the state of its start.

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/laws/statistics.hpp"

namespace hearsay::laws {

struct MeanAndSd {
  double mean = 0, sd = 0;
};
struct SpreadLaw {
  MeanAndSd rounds;
  MeanAndSd messages;  ///< that carry the item, of all rounds up to the completing one
};
struct SpreadModes {
  bool push = false, pull = false;
};

/// P(j = 0, 1, ...): nodes newly hit by the pushes of k informed ones.
inline std::vector<double> newly_hit(int n, int k) {
  std::vector<double> p(static_cast<std::size_t>(n - k) + 1, 0.0);
  p[0] = 1;
  for (int ball = 0; ball < k; ++ball) {
    for (std::size_t j = p.size(); j-- > 0;) {
      const double hit = (static_cast<double>(n - k) - static_cast<double>(j)) / (n - 1.0);
      p[j] *= 1 - hit;
      if (j > 0) p[j] += p[j - 1] * (hit + 1 / (n - 1.0));
    }
  }
  return p;
}

inline std::vector<double> binomial(int trials, double p) {
  std::vector<double> out(static_cast<std::size_t>(trials) + 1, 0.0);
  out[0] = 1;
  for (int t = 0; t < trials; ++t)
    for (std::size_t b = static_cast<std::size_t>(t) + 1;; --b) {
      out[b] = out[b] * (1 - p) + (b > 0 ? out[b - 1] * p : 0);
      if (b == 0) break;
    }
  return out;
}

/// From 1 informed node to n. Moments of a total cost by first-step analysis, from k = n - 1 down; the chance to stay
/// at k is solved for: M1 = E[c] + sum p M1', M2 = E[c^2] + 2 E[c M1'] + sum p M2'.
inline SpreadLaw spread_law(int n, SpreadModes modes) {
  struct Moments {
    double first = 0, second = 0;
  };
  std::vector<Moments> rounds(static_cast<std::size_t>(n) + 1), messages(rounds.size());
  for (int k = n - 1; k >= 1; --k) {
    const double ask = modes.pull ? k / (n - 1.0) : 0;
    const std::vector<double> hits = modes.push ? newly_hit(n, k) : std::vector<double>{1.0};
    double stay = 0;
    Moments r{1, 1}, m{}, staying{};  // staying: cost of the rounds that stay at k, weighted
    for (std::size_t j = 0; j < hits.size(); ++j) {
      if (hits[j] == 0) continue;
      const std::vector<double> asked = binomial(n - k - static_cast<int>(j), ask);
      for (std::size_t b = 0; b < asked.size(); ++b) {
        const double p = hits[j] * asked[b];
        const double jd = static_cast<double>(j);
        const double cost = (modes.push ? k : 0) + static_cast<double>(b) + jd * ask;
        const double square = cost * cost + jd * ask * (1 - ask);
        m.first += p * cost;
        m.second += p * square;
        if (j + b == 0) {
          stay += p;
          staying.first += p * cost;
          continue;
        }
        const std::size_t to = static_cast<std::size_t>(k) + j + b;
        r.first += p * rounds[to].first;
        r.second += p * (2 * rounds[to].first + rounds[to].second);
        m.first += p * messages[to].first;
        m.second += p * (2 * cost * messages[to].first + messages[to].second);
      }
    }
    const auto at = static_cast<std::size_t>(k);
    rounds[at].first = r.first / (1 - stay);
    rounds[at].second = (r.second + 2 * stay * rounds[at].first) / (1 - stay);
    messages[at].first = m.first / (1 - stay);
    messages[at].second = (m.second + 2 * staying.first * messages[at].first) / (1 - stay);
  }
  const auto of = [](Moments m) { return MeanAndSd{m.first, std::sqrt(std::max(0.0, m.second - m.first * m.first))}; };
  return {of(rounds[1]), of(messages[1])};
}

/// Every node has a Poisson clock of rate 1, latency 0: with k informed the next is informed after an exponential time
/// of rate c k (n - k) / (n - 1), c = 1 for push or pull, 2 for both; independent from step to step.
inline MeanAndSd poisson_law(int n, double c) {
  double mean = 0, variance = 0;
  for (int k = 1; k < n; ++k) {
    const double step = (n - 1.0) / (c * k * (n - k));
    mean += step;
    variance += step * step;
  }
  return {mean, std::sqrt(variance)};
}

}  // namespace hearsay::laws

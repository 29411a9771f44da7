#pragma once

// Rumor mongering on the complete graph as exact Markov chains, for laws at sizes and parameters that no table lists.
// Nothing here knows the simulator. s: share of nodes that never hear the rumor; m: contacts a node of the network.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace hearsay::laws {

struct MeanSd {
  double mean = 0, sd = 0;
};

/// Infect and die: every node contacts `fanout` distinct others, once. Returns P(reached = j) for j in 0..n.
/// When a node makes its contacts, they are spread over the n - 1 others, of which n - reached have not heard: the new
/// ones are hypergeometric. Nodes take turns in any order, which is why timing does not matter.
inline std::vector<double> infect_and_die(int n, int fanout) {
  const auto choose = [](double a, int b) {
    double c = 1;
    for (int i = 0; i < b; ++i) c *= (a - i) / (b - i);
    return c;
  };
  const auto cells = static_cast<std::size_t>(n) + 1;
  std::vector<double> reached(cells, 0.0), done(cells, 0.0);
  reached[1] = 1;
  const double all = choose(n - 1, fanout);
  for (int turn = 0; turn < n; ++turn) {
    done[static_cast<std::size_t>(turn)] =
        std::exchange(reached[static_cast<std::size_t>(turn)], 0.0);  // nobody is left
    std::vector<double> next(cells, 0.0);
    for (int k = turn + 1; k <= n; ++k) {
      const double p = reached[static_cast<std::size_t>(k)];
      if (p == 0) continue;
      for (int fresh = 0; fresh <= std::min(fanout, n - k); ++fresh) {
        if (fanout - fresh > k - 1) continue;
        next[static_cast<std::size_t>(k + fresh)] += p * choose(n - k, fresh) * choose(k - 1, fanout - fresh) / all;
      }
    }
    reached = std::move(next);
  }
  done[cells - 1] += reached[cells - 1];
  return done;
}

/// Mean and SD of the share reached.
inline MeanSd coverage(const std::vector<double>& reached) {
  const auto n = static_cast<double>(reached.size() - 1);
  double mean = 0, square = 0;
  for (std::size_t j = 0; j < reached.size(); ++j) {
    const double share = static_cast<double>(j) / n;
    mean += reached[j] * share;
    square += reached[j] * share * share;
  }
  return {mean, std::sqrt(square - mean * mean)};
}

struct Residue {
  MeanSd s, m;
  double extinct = 0;  ///< probability of s >= 0.5
};

/// Weight of a state with the first two moments of the contacts so far, over the paths that lead there.
struct Weight {
  double p = 0, first = 0, second = 0;
  /// The part of it that goes on with probability q.
  Weight times(double q) const { return {p * q, first * q, second * q}; }
  Weight& operator+=(const Weight& other) {
    p += other.p;
    first += other.first;
    second += other.second;
    return *this;
  }
  /// After a number of contacts more of the given mean and mean square, independent of what is so far.
  Weight after(double mean, double square) const {
    return {p, first + p * mean, second + 2 * first * mean + p * square};
  }
};

inline Residue residue_of(const std::vector<Weight>& by_reached, bool spread_only) {
  const auto n = static_cast<double>(by_reached.size() - 1);
  Weight total;
  double s1 = 0, s2 = 0, extinct = 0;
  for (std::size_t j = 0; j < by_reached.size(); ++j) {
    const double s = 1 - static_cast<double>(j) / n;
    if (s >= 0.5) extinct += by_reached[j].p;
    if (s >= 0.5 && spread_only) continue;
    total += by_reached[j];
    s1 += by_reached[j].p * s;
    s2 += by_reached[j].p * s * s;
  }
  Residue r;
  r.s.mean = s1 / total.p;
  r.s.sd = std::sqrt(s2 / total.p - r.s.mean * r.s.mean);
  r.m.mean = total.first / total.p / n;
  r.m.sd = std::sqrt(total.second / total.p / n / n - r.m.mean * r.m.mean);
  r.extinct = extinct;
  return r;
}

/// Blind coin: every node that heard makes contacts, each to one of the n - 1 others, and stops after each with
/// probability 1/k. `spread_only`: given s < 0.5.
/// State: (nodes that stopped, nodes that heard). A contact that changes neither leaves the state, which therefore
/// takes a geometric number of contacts.
inline Residue blind_coin(int n, int k, bool spread_only) {
  const auto cells = static_cast<std::size_t>(n) + 1;
  std::vector<Weight> row(cells), done(cells);
  row[1].p = 1;
  const double stop = 1.0 / k;
  for (int stopped = 0; stopped <= n; ++stopped) {
    done[static_cast<std::size_t>(stopped)] += row[static_cast<std::size_t>(stopped)];
    std::vector<Weight> next(cells);
    for (int heard = stopped + 1; heard <= n; ++heard) {
      const double hit = static_cast<double>(n - heard) / (n - 1);
      const double stay = (1 - hit) * (1 - stop);
      const Weight left =
          row[static_cast<std::size_t>(heard)].after(1 / (1 - stay), (1 + stay) / ((1 - stay) * (1 - stay)));
      if (heard < n) {
        row[static_cast<std::size_t>(heard + 1)] += left.times(hit * (1 - stop) / (1 - stay));
        next[static_cast<std::size_t>(heard + 1)] += left.times(hit * stop / (1 - stay));
      }
      next[static_cast<std::size_t>(heard)] += left.times((1 - hit) * stop / (1 - stay));
    }
    row = std::move(next);
  }
  return residue_of(done, spread_only);
}

/// Feedback and counter, synchronous (Demers et al. 1987): each round every spreader contacts one of the n - 1 others;
/// a contact with a node that had not heard when the round began is useful and sets the spreader's counter to 0, else
/// the counter goes up, and at k the spreader stops.
/// State: (not heard, spreaders by counter). Of a round's useful contacts, which are binomial, some meet: the number of
/// nodes that they reach is that of occupied cells.
class FeedbackCounter {
 public:
  FeedbackCounter(int n, int k) : n_(n), k_(k), occupied_(static_cast<std::size_t>(n)) {
    for (int cells = 0; cells < n; ++cells) fill_occupied(cells);
  }
  Residue solve() {
    std::vector<int> spreaders(static_cast<std::size_t>(k_), 0);
    spreaders[0] = 1;
    add({n_ - 1, spreaders}, {1, 0, 0});
    std::vector<Weight> done(static_cast<std::size_t>(n_) + 1);
    while (!states_.empty()) {
      auto [key, entry] = *states_.begin();
      states_.erase(states_.begin());
      const auto& [state, weight] = entry;
      int active = 0;
      for (const int spreading : state.spreaders) active += spreading;
      if (active == 0) {
        done[static_cast<std::size_t>(n_ - state.unheard)] += weight;
        continue;
      }
      std::vector<int> next(static_cast<std::size_t>(k_), 0);
      contact(state, weight.after(active, static_cast<double>(active) * active), 0, 0, next);
    }
    return residue_of(done, false);
  }

 private:
  struct State {
    int unheard;
    std::vector<int> spreaders;  // by counter
  };
  using Key = std::pair<std::vector<int>, std::vector<int>>;

  // No state comes back: fewer have not heard, or nobody was reached and every counter goes up.
  void add(const State& state, const Weight& weight) {
    int patience = 0;
    for (int c = 0; c < k_; ++c) patience += (k_ - c) * state.spreaders[static_cast<std::size_t>(c)];
    auto& entry = states_[Key{{-state.unheard, -patience}, state.spreaders}];
    entry.first = state;
    entry.second += weight;
  }
  // Spreaders with counter c, and those above it, make their contacts.
  void contact(const State& state, const Weight& weight, int c, int useful, std::vector<int>& next) {
    if (c == k_) {
      const auto& reached = occupied_[static_cast<std::size_t>(state.unheard)][static_cast<std::size_t>(useful)];
      for (int fresh = 0; fresh < static_cast<int>(reached.size()); ++fresh) {
        const double p = reached[static_cast<std::size_t>(fresh)];
        if (p == 0) continue;
        State to{state.unheard - fresh, next};
        to.spreaders[0] = useful + fresh;
        add(to, weight.times(p));
      }
      return;
    }
    const int trials = state.spreaders[static_cast<std::size_t>(c)];
    const double hit = static_cast<double>(state.unheard) / (n_ - 1);
    for (int hits = 0; hits <= trials; ++hits) {
      const double p = binomial(trials, hits, hit);
      if (p == 0) continue;
      if (c + 1 < k_) next[static_cast<std::size_t>(c) + 1] = trials - hits;
      contact(state, weight.times(p), c + 1, useful + hits, next);
    }
  }
  static double binomial(int trials, int hits, double p) {
    double value = 1;
    for (int i = 0; i < hits; ++i) value *= p * (trials - i) / (hits - i);
    return value * std::pow(1 - p, trials - hits);
  }
  // occupied_[cells][balls][j]: probability that so many balls, thrown at so many cells, occupy j.
  void fill_occupied(int cells) {
    auto& table = occupied_[static_cast<std::size_t>(cells)];
    table.assign(static_cast<std::size_t>(n_) + 1, std::vector<double>(static_cast<std::size_t>(cells) + 1, 0.0));
    table[0][0] = 1;
    for (std::size_t balls = 1; balls <= static_cast<std::size_t>(n_) && cells > 0; ++balls) {
      for (std::size_t j = 1; j <= static_cast<std::size_t>(cells); ++j) {
        table[balls][j] = table[balls - 1][j] * static_cast<double>(j) / cells +
                          table[balls - 1][j - 1] * static_cast<double>(cells - static_cast<int>(j) + 1) / cells;
      }
    }
  }

  int n_, k_;
  std::vector<std::vector<std::vector<double>>> occupied_;
  std::map<Key, std::pair<State, Weight>> states_;
};

}  // namespace hearsay::laws

#include "analysis/difference.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace hearsay::analysis {
namespace {

bool finite(const Sample& sample) { return sample.value && std::isfinite(*sample.value); }

std::size_t count(const std::vector<Sample>& samples) {
  return static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(), finite));
}

/// How often all runs agree as they do, if there is no difference.
double permutation_p(std::size_t n_a, std::size_t n_b, bool paired) {
  if (paired) return std::min(1.0, 2 * std::pow(0.5, static_cast<double>(n_a)));
  double orders = 1;  // n_a + n_b over n_a
  for (std::size_t i = 1; i <= n_a; ++i) orders *= static_cast<double>(n_b + i) / static_cast<double>(i);
  return std::min(1.0, 2 / orders);
}

/// As many clusters as so few runs tell, and the share of them after Agresti and Caffo.
struct Clusters {
  double share, variance;

  Clusters(const Evidence& e, double mean) {
    const double widening = student_t975(static_cast<double>(e.n - 1)) / kNormal975;
    const double clusters = e.clusters / (widening * widening);
    share = (mean * clusters + 1) / (clusters + 2);
    variance = share * (1 - share) / (clusters + 2);
  }
};

bool has_clusters(MetricKind kind, const Evidence& e) {
  const bool is_share = kind == MetricKind::kShare && e.mean >= 0 && e.mean <= 1;
  const bool is_number = kind == MetricKind::kNumber && e.mean >= 0 && e.mean * static_cast<double>(e.n) <= e.trials;
  return (is_share || is_number) && e.trials > 0 && e.clusters > 0;
}

/// Both sides have two values or more.
void judge_without_spread(MetricKind kind, const Evidence& a, const Evidence& b, bool paired, Difference& out) {
  if (has_clusters(kind, a) && has_clusters(kind, b)) {
    const auto scale = [&](const Evidence& e) {
      return kind == MetricKind::kShare ? 1 : e.trials / static_cast<double>(e.n);
    };
    const Clusters left(a, a.mean / scale(a)), right(b, b.mean / scale(b));
    const double middle = right.share - left.share, error = std::sqrt(left.variance + right.variance);
    out.p = out.difference == 0
                ? 1
                : 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), std::abs(middle) / error));
    if (kind == MetricKind::kShare) {
      out.ci95_low = std::max(-1.0, std::min(middle - kNormal975 * error, out.difference));
      out.ci95_high = std::min(1.0, std::max(middle + kNormal975 * error, out.difference));
    }
    return;
  }
  out.p = out.difference == 0 ? 1 : permutation_p(a.n, b.n, paired);
}

void judge(Difference& out, double error, double degrees) {
  const double half = student_t975(degrees) * error;
  out.ci95_low = out.difference - half;
  out.ci95_high = out.difference + half;
  out.p = student_two_sided(out.difference / error, degrees);
}

}  // namespace

std::optional<double> Difference::relative() const {
  return a == 0 ? std::nullopt : std::optional(difference / std::abs(a));
}

Difference difference_between(MetricKind kind, const std::vector<Sample>& a, const std::vector<Sample>& b,
                              bool paired) {
  std::vector<Sample> left, right, differences;
  if (paired) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      if (!finite(a[i]) || !finite(b[i])) continue;
      left.push_back(a[i]);
      right.push_back(b[i]);
      differences.push_back({*b[i].value - *a[i].value});
    }
  } else {
    left = a;
    right = b;
  }
  const Evidence of_a = evidence_of(left), of_b = evidence_of(right), of_pairs = evidence_of(differences);
  Difference out;
  out.values_a = count(a);
  out.values_b = count(b);
  if (of_a.n == 0 || of_b.n == 0) return out;
  out.n_a = of_a.n;
  out.n_b = of_b.n;
  out.a = of_a.mean;
  out.b = of_b.mean;
  out.difference = paired ? of_pairs.mean : out.b - out.a;
  if (of_a.n < 2 || of_b.n < 2) return out;
  const double na = static_cast<double>(of_a.n), nb = static_cast<double>(of_b.n);
  const double va = of_a.variance / na, vb = of_b.variance / nb;
  if (paired ? of_pairs.variance == 0 : va + vb == 0) {
    judge_without_spread(kind, of_a, of_b, paired, out);
  } else if (paired) {
    judge(out, std::sqrt(of_pairs.variance / na), na - 1);
  } else {
    // Welch and Satterthwaite; never below the smaller sample's own.
    judge(out, std::sqrt(va + vb),
          std::max(std::min(na, nb) - 1, (va + vb) * (va + vb) / (va * va / (na - 1) + vb * vb / (nb - 1))));
  }
  return out;
}

}  // namespace hearsay::analysis

#pragma once

// What replications say about the mean of a metric. A value that is missing (or not finite) does not count; `n` says
// how many did. The 95 % interval is of a kind that suits the metric, and named:
//
//   student-t        of a mean, and of events once there are many
//   clopper-pearson  of few events among known trials, and
//   garwood          of few events without (a Poisson count): exact, so never narrower than 95 %, and not [0, 0] when
//                    nothing happened
//   jeffreys         of events in between: the Bayesian interval under Jeffreys' prior, close to 95 %
//
// Events come in clusters (one partition loses a thousand messages), which makes the interval of the pooled events too
// narrow. So the number of trials that counts is the effective one of Korn and Graubard (1998): the trials divided by
// the ratio of the variance between runs to that of independent trials. "Few" is below 10 effective events (or
// non-events): the ratio is at least 1 there, since so few events cannot show it, and the interval contains Student's;
// "many" is from 100 on. In between the ratio is taken as it is, but at least 1/4, times the squared ratio of Student's
// quantile to the normal one.
//
// Measured over 8,000 campaigns of 5 to 100 runs each: binomial events of rate 0.001 and Poisson counts are covered in
// 93 to 97 % where at least 20 are expected, and in 95 to 99.9 % where fewer than 10 are. Events in clusters of five
// are covered in 93 to 98 % from 12 clusters on. With one or two clusters in all, no interval knows that there are any,
// and it covers too rarely. Two or three runs of equal counts are common, so those have up to 98.5 %.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hearsay::analysis {

enum class IntervalKind : std::uint8_t { kStudentT, kClopperPearson, kGarwood, kJeffreys };

/// "student-t", "clopper-pearson" ...
std::string_view to_text(IntervalKind kind);

struct Summary {
  std::size_t n = 0;               ///< values present
  std::optional<double> mean;      ///< empty if n = 0
  std::optional<double> sd;        ///< of the sample (n - 1); empty if n < 2
  std::optional<double> ci95_low;  ///< 95 % interval of the mean; empty if n < 2
  std::optional<double> ci95_high;
  IntervalKind interval = IntervalKind::kStudentT;  ///< of that interval
};

/// Student's t. O(n). Values that are all equal have exactly that mean and an sd of exactly 0.
Summary summarise(std::span<const std::optional<double>> values);

/// Of numbers of events, one a run.
Summary summarise_count(std::span<const std::optional<double>> events);

/// Of numbers of events, or with `shares` of shares events / trials, one a run. `trials` has as many entries; where an
/// event has no trials, or more events than trials, Student's t is all that can be had.
Summary summarise_events(std::span<const std::optional<double>> values, std::span<const std::optional<double>> trials,
                         bool shares);

/// 97.5 % quantile of Student's t distribution with `degrees` >= 1 degrees of freedom, not necessarily whole.
double student_t975(double degrees);

/// Probability that Student's t with `degrees` >= 1 degrees of freedom is further from 0 than t.
double student_two_sided(double t, double degrees);

}  // namespace hearsay::analysis

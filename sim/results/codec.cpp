#include "sim/results/codec.hpp"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "sim/metrics/result_fields.hpp"

namespace hearsay::results {
namespace {

using nlohmann::json;

/// Stands for a time that is not there: a NaN that no computation gives.
constexpr std::uint64_t kNoTime = ~std::uint64_t{0};
constexpr std::size_t kMostShares = 1'000'000;

static_assert(std::endian::native == std::endian::little, "columns are packed as they lie in memory");

/// Appends numbers byte by byte, and takes them off again.
class Packer {
 public:
  template <class T>
  void put(T value) {
    static_assert(std::is_arithmetic_v<T>);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  /// Seven bits a byte, the lowest first, as long as any is left (LEB128).
  void put_short(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }
  json take() { return json::binary(std::move(bytes_)); }

 private:
  std::vector<std::uint8_t> bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(const json& packed) : bytes_(packed.get_binary()) {}
  bool done() const { return at_ >= bytes_.size(); }
  template <class T>
  T get() {
    T value{};
    if (bytes_.size() - at_ < sizeof value) throw std::runtime_error("a packed table ends in the middle of a row");
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::uint64_t get_short() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = get<std::uint8_t>();
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a packed number is too long");
  }

 private:
  const std::vector<std::uint8_t>& bytes_;
  std::size_t at_ = 0;
};

json optional_number(std::optional<double> value) { return value ? json(*value) : json(); }
std::optional<double> optional_number(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

json field_json(const metrics::FieldValue& value) {
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return *count;
  return std::get<double>(value);
}

metrics::FieldValue field_value(metrics::FieldType type, const json& value) {
  if (type == metrics::FieldType::kReal) return value.get<double>();
  return value.get<std::uint64_t>();
}

/// Shares are 1/n, 2/n .. 1 as a rule, and then n says it all.
json encode_shares(const std::vector<double>& shares) {
  bool even = !shares.empty();
  for (std::size_t i = 0; even && i < shares.size(); ++i) {
    even = shares[i] == static_cast<double>(i + 1) / static_cast<double>(shares.size());
  }
  if (even) return shares.size();
  Packer packer;
  for (const double share : shares) packer.put(share);
  return packer.take();
}

std::vector<double> decode_shares(const json& packed) {
  std::vector<double> shares;
  if (packed.is_number_unsigned()) {
    const auto n = packed.get<std::size_t>();
    if (n > kMostShares) throw std::runtime_error("a reach curve of too many shares");
    for (std::size_t i = 0; i < n; ++i) shares.push_back(static_cast<double>(i + 1) / static_cast<double>(n));
    return shares;
  }
  for (Unpacker in(packed); !in.done();) shares.push_back(in.get<double>());
  return shares;
}

json encode_reach(const std::vector<metrics::ReachCurve>& reach) {
  json curves = json::array();
  for (const auto& curve : reach) {
    // Times ascend slowly, and so do the bits of a positive double: a difference takes 7 bytes, no difference one.
    Packer times;
    std::uint64_t before = 0;
    for (const auto& time : curve.time_s) {
      const std::uint64_t bits = time ? std::bit_cast<std::uint64_t>(*time) : kNoTime;
      times.put_short(bits - before);
      before = bits;
    }
    curves.push_back({curve.item_class, encode_shares(curve.share), times.take()});
  }
  return curves;
}

std::vector<metrics::ReachCurve> decode_reach(const json& curves) {
  std::vector<metrics::ReachCurve> reach;
  for (const json& curve : curves) {
    auto& out = reach.emplace_back();
    out.item_class = curve.at(0).get<std::string>();
    out.share = decode_shares(curve.at(1));
    std::uint64_t bits = 0;
    for (Unpacker in(curve.at(2)); !in.done();) {
      bits += in.get_short();
      out.time_s.push_back(bits == kNoTime ? std::nullopt : std::optional(std::bit_cast<double>(bits)));
    }
  }
  return reach;
}

json encode_series(const std::vector<metrics::SeriesSample>& series) {
  Packer packer;
  for (const auto& sample : series) {
    packer.put(sample.time_s);
    packer.put(static_cast<std::uint64_t>(sample.values.size()));
    for (double value : sample.values) packer.put(value);
  }
  return packer.take();
}

std::vector<metrics::SeriesSample> decode_series(const json& packed) {
  std::vector<metrics::SeriesSample> series;
  for (Unpacker in(packed); !in.done();) {
    auto& sample = series.emplace_back();
    sample.time_s = in.get<double>();
    for (auto values = in.get<std::uint64_t>(); values > 0; --values) sample.values.push_back(in.get<double>());
  }
  return series;
}

json encode_ledger(const std::vector<metrics::LedgerRow>& ledger) {
  Packer packer;
  for (const auto& row : ledger) {
    packer.put(row.item);
    packer.put(row.node);
    packer.put(row.from);
    packer.put(row.time_ns);
    packer.put(row.hops);
  }
  return packer.take();
}

std::vector<metrics::LedgerRow> decode_ledger(const json& packed) {
  std::vector<metrics::LedgerRow> ledger;
  for (Unpacker in(packed); !in.done();) {
    auto& row = ledger.emplace_back();
    row.item = in.get<std::uint32_t>();
    row.node = in.get<std::uint32_t>();
    row.from = in.get<std::int64_t>();
    row.time_ns = in.get<std::int64_t>();
    row.hops = in.get<std::uint32_t>();
  }
  return ledger;
}

json long_tables_json(const metrics::RunResult& result) {
  return json::array({encode_reach(result.reach), encode_series(result.series), encode_ledger(result.ledger)});
}

void read_long_tables(const json& in, metrics::RunResult& result) {
  result.reach = decode_reach(in.at(0));
  result.series = decode_series(in.at(1));
  result.ledger = decode_ledger(in.at(2));
}

}  // namespace

std::vector<std::uint8_t> encode(const metrics::RunResult& result) {
  json fields = json::array(), metrics = json::array(), kinds = json::array(), faults = json::array(),
       miners = json::array();
  for (const auto& [name, value] : result.metrics) metrics.push_back({name, optional_number(value)});
  for (const auto& kind : result.messages_by_kind) kinds.push_back({kind.name, kind.count, kind.bytes});
  for (const auto& fault : result.faults)
    faults.push_back({fault.kind, fault.dropped, fault.delayed, fault.nodes, fault.nodes_hit});
  for (const metrics::MinerReport& miner : result.miners)
    miners.push_back({miner.node, miner.share, miner.found, miner.stale});
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.is_stored()) fields.push_back(field_json(field.get(result)));
  }
  return json::to_cbor(json{
      {"failed", result.failed},
      {"failure", result.failure},
      {"fields", std::move(fields)},
      {"metrics", std::move(metrics)},
      {"kinds", std::move(kinds)},
      {"drops", result.drops},
      {"faults", std::move(faults)},
      {"miners", std::move(miners)},
      {"series_columns", result.series_columns},
      {"long", long_tables_json(result)},
  });
}

metrics::RunResult decode(std::span<const std::uint8_t> bytes) {
  const json in = json::from_cbor(bytes.begin(), bytes.end());
  metrics::RunResult result;
  result.failed = in.at("failed").get<bool>();
  result.failure = in.at("failure").get<std::string>();
  std::size_t next = 0;
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.is_stored()) field.set(result, field_value(field.type, in.at("fields").at(next++)));
  }
  for (const json& metric : in.at("metrics")) {
    result.metrics.emplace_back(metric.at(0).get<std::string>(), optional_number(metric.at(1)));
  }
  for (const json& kind : in.at("kinds")) {
    result.messages_by_kind.push_back(
        {kind.at(0).get<std::string>(), kind.at(1).get<std::uint64_t>(), kind.at(2).get<std::uint64_t>()});
  }
  in.at("drops").get_to(result.drops);
  for (const json& fault : in.at("faults")) {
    result.faults.push_back({fault.at(0).get<std::string>(), fault.at(1).get<std::uint64_t>(),
                             fault.at(2).get<std::uint64_t>(), fault.at(3).get<std::uint64_t>(),
                             fault.at(4).get<std::uint64_t>()});
  }
  for (const json& miner : in.at("miners"))
    result.miners.push_back({miner.at(0).get<std::uint32_t>(), miner.at(1).get<double>(),
                             miner.at(2).get<std::uint64_t>(), miner.at(3).get<std::uint64_t>()});
  in.at("series_columns").get_to(result.series_columns);
  read_long_tables(in.at("long"), result);
  return result;
}

std::vector<std::uint8_t> encode_long_tables(const metrics::RunResult& result) {
  if (result.reach.empty() && result.series.empty() && result.ledger.empty()) return {};
  return json::to_cbor(long_tables_json(result));
}

void decode_long_tables(std::span<const std::uint8_t> bytes, metrics::RunResult& result) {
  if (!bytes.empty()) read_long_tables(json::from_cbor(bytes.begin(), bytes.end()), result);
}

}  // namespace hearsay::results

#include "sim/results/codec.hpp"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
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
  void put(const std::string& text) {
    put_short(text.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  void append(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }
  json take_json() { return json::binary(std::move(bytes_)); }

 private:
  std::vector<std::uint8_t> bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  explicit Unpacker(const json& packed) : bytes_(packed.get_binary()) {}
  bool done() const { return bytes_.empty(); }
  template <class T>
  T get() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
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
  std::string get_text() {
    const auto text = take(get_short());
    return {text.begin(), text.end()};
  }
  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > bytes_.size()) throw std::runtime_error("a packed table ends in the middle of a row");
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::span<const std::uint8_t> rest() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Puts what it is shown.
class Encoder {
 public:
  template <class T>
  void operator()(const T& value) {
    packer.put(value);
  }
  void operator()(const std::optional<double>& value) {
    packer.put(static_cast<std::uint8_t>(value.has_value()));
    if (value) packer.put(*value);
  }
  template <class T, class Each>
  void list(const std::vector<T>& list, const Each& each) {
    packer.put_short(list.size());
    for (const T& entry : list) each(entry);
  }
  void field(const metrics::RunField& field, const metrics::RunResult& result) {
    const metrics::FieldValue value = field.get(result);
    if (field.type == metrics::FieldType::kReal)
      packer.put(std::get<double>(value));
    else
      packer.put(std::get<std::uint64_t>(value));
  }
  Packer packer;
};

/// Sets what it is shown.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : unpacker(bytes) {}
  template <class T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, std::string>)
      value = unpacker.get_text();
    else if constexpr (std::is_same_v<T, bool>)
      value = unpacker.get<std::uint8_t>() != 0;  // of bytes that are no result, too
    else
      value = unpacker.get<T>();
  }
  void operator()(std::optional<double>& value) {
    if (unpacker.get<std::uint8_t>() != 0) value = unpacker.get<double>();
  }
  template <class T, class Each>
  void list(std::vector<T>& list, const Each& each) {
    for (auto left = unpacker.get_short(); left > 0; --left) each(list.emplace_back());
  }
  void field(const metrics::RunField& field, metrics::RunResult& result) {
    if (field.type == metrics::FieldType::kReal)
      field.set(result, unpacker.get<double>());
    else
      field.set(result, unpacker.get<std::uint64_t>());
  }
  Unpacker unpacker;
};

/// All of a result but its long tables, one after the other. `Way`: an Encoder or a Decoder.
template <class Way, class Result>
void short_part(Way& way, Result& result) {
  way(result.failed);
  way(result.failure);
  for (const metrics::RunField& field : metrics::run_fields()) {
    if (field.is_stored()) way.field(field, result);
  }
  way.list(result.metrics, [&](auto& metric) {
    way(metric.first);
    way(metric.second);
  });
  way.list(result.messages_by_kind, [&](auto& kind) {
    way(kind.name);
    way(kind.count);
    way(kind.bytes);
  });
  way.list(result.drops, [&](auto& drop) {
    way(drop.first);
    way(drop.second);
  });
  way.list(result.faults, [&](auto& fault) {
    way(fault.kind);
    way(fault.dropped);
    way(fault.delayed);
    way(fault.nodes);
    way(fault.nodes_hit);
  });
  way.list(result.miners, [&](auto& miner) {
    way(miner.node);
    way(miner.share);
    way(miner.found);
    way(miner.stale);
  });
  way.list(result.series_columns, [&](auto& column) { way(column); });
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
  return packer.take_json();
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
    curves.push_back({curve.item_class, encode_shares(curve.share), times.take_json()});
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
  return packer.take_json();
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
  return packer.take_json();
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

json encode_tables(const metrics::LedgerTables& tables) {
  json nodes = json::array();
  for (const auto& n : tables.nodes)
    nodes.push_back({n.region, n.role, n.hash_power, n.uplink_bit_per_s, n.downlink_bit_per_s, n.peers, n.up});
  Packer blocks, transactions;
  for (const auto& b : tables.blocks) {
    blocks.put(b.item);
    blocks.put(b.parent);
    blocks.put(b.height);
    blocks.put(b.miner);
    blocks.put(b.size_bytes);
    blocks.put(b.transactions);
    blocks.put(b.time_ns);
    blocks.put(static_cast<std::uint8_t>(b.status));
    blocks.put(b.t50_ns);
    blocks.put(b.t90_ns);
  }
  for (const auto& t : tables.transactions) {
    transactions.put(t.item);
    transactions.put(t.time_ns);
    transactions.put(t.origin);
    transactions.put(t.size_bytes);
    transactions.put(t.block);
    transactions.put(static_cast<std::uint8_t>(t.status));
  }
  return json::array({std::move(nodes), blocks.take_json(), transactions.take_json()});
}

metrics::LedgerTables decode_tables(const json& packed) {
  metrics::LedgerTables tables;
  for (const json& n : packed.at(0))
    tables.nodes.push_back({n.at(0).get<std::string>(), n.at(1).get<std::string>(), n.at(2).get<double>(),
                            n.at(3).get<std::uint64_t>(), n.at(4).get<std::uint64_t>(), n.at(5).get<std::uint32_t>(),
                            n.at(6).get<bool>()});
  for (Unpacker in(packed.at(1)); !in.done();) {
    auto& b = tables.blocks.emplace_back();
    b.item = in.get<std::uint32_t>();
    b.parent = in.get<std::int64_t>();
    b.height = in.get<std::uint32_t>();
    b.miner = in.get<std::uint32_t>();
    b.size_bytes = in.get<std::uint64_t>();
    b.transactions = in.get<std::uint32_t>();
    b.time_ns = in.get<std::int64_t>();
    b.status = static_cast<metrics::LedgerTables::BlockStatus>(in.get<std::uint8_t>());
    b.t50_ns = in.get<std::int64_t>();
    b.t90_ns = in.get<std::int64_t>();
  }
  for (Unpacker in(packed.at(2)); !in.done();) {
    auto& t = tables.transactions.emplace_back();
    t.item = in.get<std::uint32_t>();
    t.time_ns = in.get<std::int64_t>();
    t.origin = in.get<std::uint32_t>();
    t.size_bytes = in.get<std::uint64_t>();
    t.block = in.get<std::int64_t>();
    t.status = static_cast<metrics::LedgerTables::TxStatus>(in.get<std::uint8_t>());
  }
  return tables;
}

json long_tables_json(const metrics::RunResult& result) {
  return json::array({encode_reach(result.reach), encode_series(result.series), encode_ledger(result.ledger),
                      encode_tables(result.ledger_tables)});
}

void read_long_tables(const json& in, metrics::RunResult& result) {
  result.reach = decode_reach(in.at(0));
  result.series = decode_series(in.at(1));
  result.ledger = decode_ledger(in.at(2));
  result.ledger_tables = decode_tables(in.at(3));
}

}  // namespace

std::vector<std::uint8_t> encode(const metrics::RunResult& result) {
  Encoder encoder;
  short_part(encoder, result);
  encoder.packer.append(encode_long_tables(result));
  return encoder.packer.take();
}

metrics::RunResult decode(std::span<const std::uint8_t> bytes) {
  metrics::RunResult result;
  Decoder decoder(bytes);
  short_part(decoder, result);
  decode_long_tables(decoder.unpacker.rest(), result);
  return result;
}

std::vector<std::uint8_t> encode_long_tables(const metrics::RunResult& result) {
  if (result.reach.empty() && result.series.empty() && result.ledger.empty() && result.ledger_tables.nodes.empty())
    return {};
  return json::to_cbor(long_tables_json(result));
}

void decode_long_tables(std::span<const std::uint8_t> bytes, metrics::RunResult& result) {
  if (!bytes.empty()) read_long_tables(json::from_cbor(bytes.begin(), bytes.end()), result);
}

}  // namespace hearsay::results

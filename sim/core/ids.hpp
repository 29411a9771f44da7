#pragma once

// Strong ids. Each is dense from 0 and indexes the array of what it names; none converts to another or
// to an integer by accident. `index(id)` is the one way out.

#include <cstddef>
#include <cstdint>

namespace hearsay {

enum class NodeId : std::uint32_t {};
enum class ItemId : std::uint32_t {};  ///< a publication: a message, a transaction or a block
enum class RegionId : std::uint16_t {};
enum class GroupId : std::uint16_t {};
enum class RoleId : std::uint16_t {};
enum class ClassId : std::uint16_t {};  ///< class of an item

inline constexpr NodeId kNoNode{0xffff'ffff};
inline constexpr ItemId kNoItem{0xffff'ffff};
inline constexpr RegionId kNoRegion{0xffff};
inline constexpr GroupId kNoGroup{0xffff};
inline constexpr RoleId kNoRole{0xffff};

constexpr std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(ItemId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(RegionId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(GroupId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(RoleId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(ClassId id) { return static_cast<std::size_t>(id); }

}  // namespace hearsay

#pragma once

namespace hearsay {

/// A product of two 64-bit words. An extension of every 64-bit compiler in use.
__extension__ typedef unsigned __int128 Uint128;
/// A sum of 64-bit words that cannot overflow.
__extension__ typedef __int128 Int128;

}  // namespace hearsay

#pragma once

namespace hearsay {

/// A product of two 64-bit words. An extension of every 64-bit compiler in use.
__extension__ typedef unsigned __int128 Uint128;

}  // namespace hearsay

# hearsay_precompile(TARGET)
#
# The standard library and fmt are half of what the compiler reads for a source of ours: read once, for all targets that
# link hearsay_core. A source includes what it needs all the same; the preset dev builds without this and so checks it.
function(hearsay_precompile target)
  if(target STREQUAL hearsay_core)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory> <optional>
                                                <set> <span> <string> <string_view> <utility> <variant> <vector>
                                                <fmt/format.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM hearsay_core)
  endif()
  # Without it ccache keeps nothing.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# hearsay_library(NAME FOLDERS LINKS...)
#
# The static library hearsay_NAME of all .cpp files in FOLDERS (a list, relative to the repository root), linked to LINKS.
# A new file needs no edit here. Folders without any .cpp are an INTERFACE library.
function(hearsay_library name folders)
  list(TRANSFORM folders PREPEND "${PROJECT_SOURCE_DIR}/")
  list(TRANSFORM folders APPEND "/*.cpp")
  file(GLOB sources CONFIGURE_DEPENDS ${folders})
  if(sources)
    add_library(hearsay_${name} STATIC ${sources})
    target_link_libraries(hearsay_${name} PUBLIC ${ARGN})
    hearsay_precompile(hearsay_${name})
  else()
    add_library(hearsay_${name} INTERFACE)
    target_link_libraries(hearsay_${name} INTERFACE ${ARGN})
  endif()
endfunction()

# The registries of protocols and memberships: one word each, the name of a .hpp/.cpp pair. hearsay_registry lies above
# what it lists: for each word a generated file makes the entry, which instantiates the kernel for its class, and one
# file for each registry has the table of its entries (sim/simulation/registry.hpp).

# hearsay_protocols(WORD...): those of protocols/, and the library hearsay_protocols of every .cpp there.
function(hearsay_protocols)
  hearsay_library(protocols protocols hearsay_protocol)
  hearsay_register(ProtocolEntry protocol protocols protocols sim/simulation/entry.hpp make_entry ${ARGN})
  hearsay_precompile(hearsay_registry)
endfunction()

# hearsay_memberships(WORD...): those of sim/membership/, and the library hearsay_membership likewise.
function(hearsay_memberships)
  hearsay_library(membership sim/membership hearsay_protocol)
  hearsay_register(MembershipEntry membership sim/membership membership sim/simulation/part_of.hpp
                   make_membership_entry ${ARGN})
endfunction()

configure_file("${PROJECT_SOURCE_DIR}/cmake/registry_catalogue.cpp.in"
               "${PROJECT_BINARY_DIR}/generated/registry_catalogue.cpp" @ONLY)
add_library(hearsay_registry STATIC "${PROJECT_BINARY_DIR}/generated/registry_catalogue.cpp")
# The loops of all runs are compiled here. Each in a source of its own: the compiler inlines less in a large one, and
# plain flood loses 3 to 9 % by it.
if(CMAKE_BUILD_TYPE STREQUAL Release)
  set_target_properties(hearsay_registry PROPERTIES UNITY_BUILD OFF)
endif()

# hearsay_register(ENTRY KIND FOLDER NAMESPACE HEADER MAKE WORD...)
function(hearsay_register entry kind folder namespace header make)
  set(generated "${PROJECT_BINARY_DIR}/generated")
  set(declarations)
  set(addresses)
  foreach(word IN LISTS ARGN)
    if(NOT EXISTS "${PROJECT_SOURCE_DIR}/${folder}/${word}.hpp")
      message(WARNING "${folder}/CMakeLists.txt names '${word}', but there is no ${folder}/${word}.hpp to compile")
    endif()
    set(class)
    string(REPLACE "_" ";" parts "${word}")
    foreach(part IN LISTS parts)
      string(SUBSTRING "${part}" 0 1 first)
      string(SUBSTRING "${part}" 1 -1 rest)
      string(TOUPPER "${first}" first)
      string(APPEND class "${first}${rest}")
    endforeach()
    configure_file("${PROJECT_SOURCE_DIR}/cmake/registry_entry.cpp.in" "${generated}/${kind}_${word}.cpp" @ONLY)
    target_sources(hearsay_registry PRIVATE "${generated}/${kind}_${word}.cpp")
    string(APPEND declarations "const ${entry}& ${kind}_${word}();\n")
    list(APPEND addresses "&${kind}_${word}()")
  endforeach()
  list(JOIN addresses ", " addresses)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/registry.cpp.in" "${generated}/${kind}s.cpp" @ONLY)
  target_sources(hearsay_registry PRIVATE "${generated}/${kind}s.cpp")
  target_link_libraries(hearsay_registry PUBLIC hearsay_${namespace} hearsay_simulation)
endfunction()

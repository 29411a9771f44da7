# hearsay_library(NAME FOLDER LINKS...)
#
# The static library hearsay_NAME of all .cpp files in FOLDER (relative to the repository root), linked to LINKS.
# A new file needs no edit here. A folder without any .cpp is an INTERFACE library.
function(hearsay_library name folder)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp")
  if(sources)
    add_library(hearsay_${name} STATIC ${sources})
    target_link_libraries(hearsay_${name} PUBLIC ${ARGN})
  else()
    add_library(hearsay_${name} INTERFACE)
    target_link_libraries(hearsay_${name} INTERFACE ${ARGN})
  endif()
endfunction()

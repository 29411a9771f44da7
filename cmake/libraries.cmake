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
  else()
    add_library(hearsay_${name} INTERFACE)
    target_link_libraries(hearsay_${name} INTERFACE ${ARGN})
  endif()
endfunction()

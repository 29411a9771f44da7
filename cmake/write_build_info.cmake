# Run at build time by the target hearsay_commit: fills in build_info.cpp.
set(HEARSAY_COMMIT unknown)
get_filename_component(root "${HEARSAY_SOURCE_DATA_DIR}" ABSOLUTE)
if(GIT AND EXISTS "${root}/.git")
  execute_process(COMMAND "${GIT}" describe --always --dirty
                  WORKING_DIRECTORY "${root}"
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(HEARSAY_COMMIT "${described}")
  endif()
endif()
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)

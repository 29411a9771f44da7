# The library hearsay_build_info. The commit is asked for at every build and the generated file rewritten only if it
# has changed, so that a build without changes stays a build without work.
find_package(Git QUIET)

string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
string(JOIN " " flags ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}} -std=c++${CMAKE_CXX_STANDARD} ${HEARSAY_FLAGS})
file(RELATIVE_PATH data_dir "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_DATADIR}/hearsay")

set(build_info "${PROJECT_BINARY_DIR}/generated/build_info.cpp")
add_custom_target(
  hearsay_commit
  COMMAND "${CMAKE_COMMAND}"
          "-DTEMPLATE=${PROJECT_SOURCE_DIR}/cmake/build_info.cpp.in"
          "-DOUTPUT=${build_info}"
          "-DGIT=${GIT_EXECUTABLE}"
          "-DHEARSAY_VERSION=${PROJECT_VERSION}"
          "-DHEARSAY_COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          "-DHEARSAY_COMPILER_FLAGS=${flags}"
          "-DHEARSAY_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
          "-DHEARSAY_INSTALL_DATA_DIR=${data_dir}"
          "-DHEARSAY_SOURCE_DATA_DIR=${PROJECT_SOURCE_DIR}"
          -P "${PROJECT_SOURCE_DIR}/cmake/write_build_info.cmake"
  BYPRODUCTS "${build_info}"
  COMMENT "Asking for the commit"
  VERBATIM)

add_library(hearsay_build_info STATIC "${build_info}")
add_dependencies(hearsay_build_info hearsay_commit)

# Language level, warnings and hardening for our own code.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(WEIR_WERROR "treat warnings as errors" OFF)

add_library(weir_flags INTERFACE)
target_include_directories(weir_flags INTERFACE
  ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
target_compile_definitions(weir_flags INTERFACE
  _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64
  WEIR_VERSION="${PROJECT_VERSION}")
target_compile_options(weir_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wwrite-strings -Wvla -fno-common
  $<$<BOOL:${WEIR_WERROR}>:-Werror>)

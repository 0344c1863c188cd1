# The eBPF programs, compiled for the kernel's machine and carried by a generated header: witness.skel.h. They are moved
# to the running kernel's structures when they are loaded (CO-RE), so nothing here looks at the machine that builds.
find_program(CLANG NAMES clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

set(bpf_architecture_x86_64 x86)
set(bpf_architecture_aarch64 arm64)
set(bpf_architecture ${bpf_architecture_${CMAKE_SYSTEM_PROCESSOR}})
if(NOT bpf_architecture)
  message(FATAL_ERROR "The kernel's witness knows x86_64 and aarch64, not ${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(bpf_folder ${CMAKE_BINARY_DIR}/embedded/ebpf)
file(MAKE_DIRECTORY ${bpf_folder})
file(GLOB bpf_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/ebpf/*.bpf.[ch])
add_custom_command(
  OUTPUT ${bpf_folder}/witness.skel.h
  DEPENDS ${bpf_sources} ${CMAKE_SOURCE_DIR}/ebpf/wire.h ${CMAKE_SOURCE_DIR}/ebpf/kernel_types.h
  COMMAND ${CLANG} -g -O2 -target bpf -D__TARGET_ARCH_${bpf_architecture} -I${CMAKE_SOURCE_DIR}
    -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -Wall -Wextra -Werror -Wno-unused-parameter
    -c ${CMAKE_SOURCE_DIR}/ebpf/witness.bpf.c -o ${bpf_folder}/witness.full.o
  COMMAND ${BPFTOOL} gen object ${bpf_folder}/witness.bpf.o ${bpf_folder}/witness.full.o  # without debug information
  COMMAND ${BPFTOOL} gen skeleton ${bpf_folder}/witness.bpf.o name witness > ${bpf_folder}/witness.skel.h
  COMMENT "eBPF programs"
  VERBATIM)
add_custom_target(ebpf_skeleton DEPENDS ${bpf_folder}/witness.skel.h)
add_library(ebpf_programs INTERFACE)
add_dependencies(ebpf_programs ebpf_skeleton)
target_include_directories(ebpf_programs SYSTEM INTERFACE ${bpf_folder})

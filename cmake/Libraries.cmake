# One static library a folder. USES is the layer table: what a folder links is what its files may
# include, and tools/layers reads these same lines.
#
#   podveil_library(netpol
#       USES kube digest base
#       PACKAGES PkgConfig::YAML)
function(podveil_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES;PACKAGES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    if(NOT sources AND NOT arg_SOURCES)
        add_library(${name} INTERFACE)
        return()
    endif()
    add_library(${name} STATIC ${sources} ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE podveil_flags ${arg_PACKAGES})
endfunction()

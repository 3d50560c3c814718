# One static library a folder, named by the folder's last part. USES is the layer table: what a
# folder links is what its files may include, and tools/layers reads these same lines.
#
#   podveil_library(netpol
#       SOURCES cidr.c judge.c
#       USES kube digest base)
function(podveil_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES;PACKAGES" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE podveil_flags ${arg_PACKAGES})
endfunction()

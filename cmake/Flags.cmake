# Every target of ours links podveil_flags; no flag is set anywhere else. Each flag is probed, since
# gcc 12 and clang 14 know different ones.
include(CheckCCompilerFlag)

add_library(podveil_flags INTERFACE)
target_compile_features(podveil_flags INTERFACE c_std_17)
target_compile_definitions(podveil_flags INTERFACE _GNU_SOURCE OPENSSL_API_COMPAT=30000
    OPENSSL_NO_DEPRECATED PODVEIL_VERSION="${PROJECT_VERSION}")
target_include_directories(podveil_flags INTERFACE ${PROJECT_SOURCE_DIR})

function(podveil_try_flags)
    foreach(flag IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER "HAVE${flag}" var)
        check_c_compiler_flag("-Werror ${flag}" ${var})
        if(${var})
            target_compile_options(podveil_flags INTERFACE ${flag})
        endif()
    endforeach()
endfunction()

podveil_try_flags(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wformat=2
    -Wimplicit-fallthrough -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes
    -Wmissing-variable-declarations -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings
    -Wundef -Wvla -Wswitch-enum -Wnull-dereference -Wdouble-promotion -Wformat-signedness
    -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloc-zero -Wtrampolines
    -Wbidi-chars=any -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion
    -fno-common)

# The OpenSSF hardening set.
podveil_try_flags(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -mbranch-protection=standard -fstrict-flex-arrays=3 -ftrivial-auto-var-init=zero
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)

# An invariant that is only checked in debug builds is not checked where it matters.
foreach(config RELEASE RELWITHDEBINFO)
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}")
    string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}")
endforeach()

# What users run is optimised as a whole: the layers are for readers, and a review takes a tenth
# more instructions where they stay.
include(CheckIPOSupported)
check_ipo_supported(RESULT can_optimise_whole OUTPUT why_not LANGUAGES C)
if(can_optimise_whole)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
endif()

set(PODVEIL_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(PODVEIL_SANITIZE)
    target_compile_options(podveil_flags INTERFACE -fsanitize=${PODVEIL_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(podveil_flags INTERFACE -fsanitize=${PODVEIL_SANITIZE})
else()
    target_compile_definitions(podveil_flags INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
endif()

option(PODVEIL_COVERAGE "Count which lines ran (gcc)" OFF)
if(PODVEIL_COVERAGE)
    target_compile_options(podveil_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(podveil_flags INTERFACE --coverage)
endif()

option(PODVEIL_ANALYZE "Compile with gcc -fanalyzer" OFF)
if(PODVEIL_ANALYZE)
    target_compile_options(podveil_flags INTERFACE -fanalyzer)
endif()

target_link_options(podveil_flags INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack,--as-needed)

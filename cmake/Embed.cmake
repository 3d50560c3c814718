# Shell scripts of the tree as C strings, without the lines that are only a comment: what is embedded
# goes into every pod. Used in two ways:
#
#   podveil_embed(scripts.c scripts.h script_init=init.sh script_sidecar=sidecar.sh)
#       in a CMakeLists.txt: makes scripts.c in the build folder whenever a file changes
#
# and by that rule as a script: cmake -D OUT=... -D HEADER=... -D FILES=NAME=PATH;... -P Embed.cmake
#
# An array of bytes, because a string literal of more than 4095 bytes is no ISO C.

function(podveil_embed out header)
    set(files "")
    set(depends "")
    foreach(pair IN LISTS ARGN)
        string(REGEX REPLACE "=.*" "" name "${pair}")
        string(REGEX REPLACE "^[^=]*=" "" file "${pair}")
        list(APPEND files "${name}=${CMAKE_CURRENT_SOURCE_DIR}/${file}")
        list(APPEND depends "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    endforeach()
    set(script "${PROJECT_SOURCE_DIR}/cmake/Embed.cmake")
    file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    add_custom_command(
        OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${out}"
        COMMAND "${CMAKE_COMMAND}" -D "OUT=${CMAKE_CURRENT_BINARY_DIR}/${out}"
                -D "HEADER=${folder}/${header}" -D "FILES=${files}" -P "${script}"
        DEPENDS ${depends} "${script}"
        VERBATIM)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    set(text "/* Made by cmake/Embed.cmake. */\n#include \"${HEADER}\"\n")
    foreach(pair IN LISTS FILES)
        string(REGEX REPLACE "=.*" "" name "${pair}")
        string(REGEX REPLACE "^[^=]*=" "" file "${pair}")
        file(READ "${file}" script)
        string(REGEX REPLACE "\n *#[^\n]*" "" script "\n${script}")
        string(REGEX REPLACE "^\n+" "" script "${script}")
        string(HEX "${script}" bytes)
        string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
        string(APPEND text "\nconst char ${name}[] = {\n    ${bytes}0};\n")
    endforeach()
    file(WRITE "${OUT}" "${text}")
endif()

# What the project's own targets have in common. Consumers of the library inherit none of it.

# tenon_own_code(TARGET): warnings, sanitizers and verifiers, as the options say.
function(tenon_own_code target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                           # clang++ counts it to -Wconversion, g++ does not: one rule for both.
                                           -Wno-sign-conversion
                                           # g++ 12 sees overlapping copies in std::string's operator+ (GCC bug 105651).
                                           $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                                           # ... and unused elements of InlineVector as read.
                                           $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                                           $<$<BOOL:${TENON_WERROR}>:-Werror>)
  if(TENON_VERIFY)
    target_compile_definitions(${target} PUBLIC TENON_VERIFY=1)
  endif()
  if(TENON_SANITIZE)
    # PUBLIC, so that whatever links the library gets the sanitizer's run-time library too.
    target_compile_options(${target} PUBLIC -fsanitize=${TENON_SANITIZE} -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${TENON_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ 12 reports memory as uninitialised or out of bounds where its own instrumentation confuses it.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
    endif()
  endif()
endfunction()

# tenon_folders_with(RESULT PATTERN): names of the direct subfolders of the current one that hold files
# matching PATTERN. CONFIGURE_DEPENDS, so a new folder is found at the next build.
function(tenon_folders_with result pattern)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/${pattern})
  set(folders)
  foreach(file IN LISTS files)
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME folder)
    list(APPEND folders ${folder})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  set(${result} ${folders} PARENT_SCOPE)
endfunction()

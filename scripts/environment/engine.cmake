# Included by CMake right after llama.cpp's own project() call. The Python wrapper forces the common library
# (what llama.cpp's own programs share) on in the cache; nothing here uses it, it only takes time to compile.
# A normal variable hides the cached one.
set(LLAMA_BUILD_COMMON OFF)

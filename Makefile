# The two commands of the README are `make demo` and `make test`; the rest is for developers. Everything is a thin call of CMake.
JOBS ?= $(shell nproc)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)
export CMAKE_CXX_COMPILER_LAUNCHER ?= $(shell command -v ccache 2>/dev/null)
# ccache takes dependencies from the compiler: a first build is then as fast as without it, precompiled headers included.
export CCACHE_DEPEND ?= 1
export CCACHE_SLOPPINESS ?= pch_defines,time_macros

.PHONY: demo test check bench mutants build format tidy packages packages-for-tests clean

packages:
	@cmake/install-packages.sh

packages-for-tests:
	@cmake/install-packages.sh --peers

build: packages
	@cmake --preset dev $(QUIET)
	@cmake --build --preset dev

demo: packages
	@samples/demo/run.sh

test: packages-for-tests
	@cmake/test.sh

check: packages-for-tests
	@cmake/check.sh

bench: packages
	@cmake/bench.sh

mutants: packages
	@cmake/mutants.sh

format:
	@git ls-files '*.hpp' '*.cpp' | xargs clang-format -i

tidy: packages
	@cmake/tidy.sh all

clean:
	@rm -rf build

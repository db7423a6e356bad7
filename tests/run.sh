#!/bin/bash
# Every test: tests/run.sh [--quick] [NAME...]
#
# Installs what is missing on Debian 12 or 13, builds with sanitizers, and runs
# the suites.  README.md beside this file tells what a NAME may be.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
# shellcheck source=deploy/steps.sh
source "$root/deploy/steps.sh"
venv=$root/build/venv
results=$root/build/results

readonly SUITES=(clang unit threads contract style stories interop fuzz sockets)
readonly QUICK=(clang unit threads contract style stories)
# What is only run when it is named.
readonly LONG=(matrix-long debian13)
readonly MATRIX_RANDOM=${MATRIX_RANDOM:-100000}
readonly PAIR_SECONDS=14400
readonly FUZZ_SECONDS=${FUZZ_SECONDS:-30}

# What the suites need beside what the build needs.
readonly TEST_PACKAGES=(libcmocka-dev)
readonly -A SUITE_PACKAGES=(
	[clang]=clang-14
	[unit]=""
	[threads]=""
	[contract]=mosquitto
	[style]="clang-14 clang-format-14 clang-tidy-14 git codespell shellcheck"
	[stories]="python3-venv openssl libcoap3-bin mosquitto
		mosquitto-clients nodejs npm"
	[interop]="python3-venv openssl libcoap3-bin mosquitto
		mosquitto-clients curl procps valgrind nginx-light wrk"
	[fuzz]="clang-14 libclang-rt-14-dev"
	[sockets]="python3-venv mosquitto"
	[matrix-long]=mosquitto
	[debian13]=mmdebstrap
)

# What to run, filled by choose().
suites=()
needed_suites=() # those that have the tests which were named
meson_names=()
pytest_args=()
fuzz_names=()

began=$SECONDS
took=() # how long each suite ran

usage() {
	cat <<-EOF
	usage: tests/run.sh [--quick] [NAME...]

	NAME is a suite (${SUITES[*]} ${LONG[*]}),
	a story or interop file such as "links", a test function such as
	"test_a_late_answer_is_dropped", a unit test as meson lists it, or a
	fuzz target.  Without a NAME all suites run; --quick leaves out
	interop, fuzz and sockets.
	EOF
}

say() {
	printf '\n== %s\n' "$*"
}

die() {
	echo "tests/run.sh: $*" >&2
	exit 2
}

# count NAME passed|failed: remember one result for the last line.
count() {
	echo "$2 $1" >>"$results/counted"
	if [[ $2 == failed ]]; then
		echo "FAILED: $1"
	fi
}

# try NAME COMMAND...: run it; its exit code is the result.  The output is
# shown when it fails.
try() {
	local name=$1 log=$results/${1//\//-}.log
	shift
	if "$@" >"$log" 2>&1; then
		count "$name" passed
	else
		tail -n 60 "$log"
		count "$name" failed
		return 1
	fi
}

# --- What is needed.

# chosen SUITE...: whether one of them, or a test in it, is to run.
chosen() {
	local suite

	for suite in "$@"; do
		[[ " ${suites[*]} ${needed_suites[*]} " != *" $suite "* ]] ||
			return 0
	done
	return 1
}

needs_build() {
	chosen "${SUITES[@]}" matrix-long
}

needs_build_test() {
	chosen unit contract style stories interop sockets matrix-long
}

needed_packages() {
	local suite

	if needs_build; then
		printf '%s\n' "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
	fi
	for suite in "${!SUITE_PACKAGES[@]}"; do
		if chosen "$suite"; then
			xargs -n 1 <<<"${SUITE_PACKAGES[$suite]}"
		fi
	done
}

# Others than Debian have node and npm in one package.
install_packages() {
	local packages

	mapfile -t packages < <(needed_packages | sort -u | while read -r name; do
		case $name in
		"") ;;
		nodejs) command -v node >/dev/null || echo nodejs ;;
		npm) command -v npm >/dev/null || echo npm ;;
		*) echo "$name" ;;
		esac
	done)
	install_missing "${packages[@]}"
}

install_python() {
	local stamp=$venv/requirements.txt

	if cmp -s "$here/requirements.txt" "$stamp"; then
		return
	fi
	say "installing Python packages into build/venv"
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install --disable-pip-version-check \
		--progress-bar off -r "$here/requirements.txt" 2>&1 |
		tee -a "$log" |
		sed -u 's/^Collecting \([^ ]*\).*/  \1/; /^  /!d; /^   /d' ||
		fail_to_fetch
	cp "$here/requirements.txt" "$stamp"
}

fail_to_fetch() {
	if grep -Eq 'NewConnectionError|name resolution|ConnectTimeout' \
		"$log"; then
		fail "There is no network to the server of Python packages.
Once it is there - or https_proxy is set - start this again."
	fi
	fail_with_log "The Python packages cannot be installed."
}

# --- Building.

# prepare FOLDER COMPILER OPTION...: a build folder, made when first needed.
prepare() {
	local name=$1 folder=$root/build/$1 compiler=$2
	shift 2
	if [[ ! -e $folder/build.ninja ]]; then
		try "prepare build/$name" env CC="$compiler" \
			meson setup "$folder" "$root" -Dwerror=true "$@"
	fi
}

# build NAME FOLDER TARGET...
build() {
	local name=$1 folder=$root/build/$2
	shift 2
	log=$results/${name//\//-}.log
	: >"$log"
	if compile "build/${folder##*/}" "$folder" "$@"; then
		count "$name" passed
	else
		tail -n 60 "$log"
		count "$name" failed
		return 1
	fi
}

# targets FOLDER PATTERN: programs that ninja can make.
targets() {
	ninja -C "$root/build/$1" -t targets all |
		sed -n "s,^\($2\): c_LINKER.*,\1,p"
}

build_test() {
	prepare test gcc -Db_sanitize=address,undefined &&
		build "build with gcc and sanitizers" test
}

run_clang() {
	local bench

	prepare clang clang-14 -Db_lundef=false || return 0
	# It may have been interrupted; a folder older than the option refuses.
	meson configure "$root/build/clang" -Dsandbox=true &>/dev/null || true
	mapfile -t bench < <(targets clang 'tests/bench/[a-z_]*')
	build "build with clang" clang all "${bench[@]}" || return 0
	try "build without the sandbox" without_sandbox || true
}

# The same folder without the sandbox, which few files know of, and back.
without_sandbox() {
	local folder=$root/build/clang status=0 said=

	meson configure "$folder" -Dsandbox=false &&
		ninja -C "$folder" all &&
		said=$("$folder/m2mgate" sandbox 2>&1) || status=$?
	meson configure "$folder" -Dsandbox=true
	((status == 2)) && [[ $said == *-Dsandbox=false* ]]
}

# --- Running.

# run_meson LOG ARGUMENT...: the tests that it names, each one counted.  What
# runs out of time is not marked in the JUnit file, but in the exit code.
run_meson() {
	local log=$1 junit status=0 n_before
	shift
	n_before=$(grep -c '^failed' "$results/counted" || true)
	junit=$root/build/test/meson-logs/$log.junit.xml
	rm -f "$junit"
	meson test -C "$root/build/test" --no-rebuild --print-errorlogs \
		--logbase "$log" "$@" || status=$?
	count_junit "$log" "$junit"
	if ((status)) && (($(grep -c '^failed' "$results/counted" || true) ==
		n_before)); then
		count "$log: meson test ended with $status" failed
	fi
}

count_junit() {
	if [[ -e $2 ]]; then
		python3 "$here/support/tally.py" "$2" >>"$results/counted"
	else
		count "$1: no results" failed
	fi
}

# run_pytest LOG ARGUMENT...
run_pytest() {
	local log=$1 junit=$results/$1.xml status=0
	shift
	rm -f "$junit"
	(cd "$here" && "$venv/bin/python" -m pytest -c pytest.ini \
		--junitxml="$junit" "$@") || status=$?
	if ((status == 5)); then
		count "$log: no test was chosen" failed
		return
	fi
	count_junit "$log" "$junit"
}

# Stories in four processes, because most of them wait for something; those that
# need the machine to themselves later.
run_stories() {
	run_pytest "$1" -q -n 4 --dist worksteal -m 'not heavy' "${@:2}"
	run_pytest "$1-heavy" -q -m heavy "${@:2}"
}

fuzz_one() {
	local name=$1 target=$root/build/fuzz/tests/fuzz/fuzz_$1
	local found=$root/build/fuzz/found/$name

	mkdir -p "$found" "$root/build/fuzz/corpus/$name" \
		"$here/fuzz/corpus/$name"
	nice "$target" -max_total_time="$FUZZ_SECONDS" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$found/" \
		"$root/build/fuzz/corpus/$name" "$here/fuzz/corpus/$name"
}

# fuzz NAME...: two at a time.
fuzz() {
	local name running=()

	for name in "$@"; do
		if [[ -z $(find "$here/fuzz/corpus/$name" -type f 2>/dev/null) ]]
		then
			count "fuzz $name: no corpus is committed" failed
		fi
		echo "fuzzing $name for $FUZZ_SECONDS s"
		try "fuzz $name" fuzz_one "$name" &
		running+=($!)
		if ((${#running[@]} == 2)); then
			wait "${running[@]}" || true
			running=()
		fi
	done
	wait
}

run_fuzz() {
	local programs

	prepare fuzz clang-14 -Dfuzzers=true -Db_lundef=false \
		-Db_sanitize=address,undefined || return 0
	mapfile -t programs < <(targets fuzz 'tests/fuzz/fuzz_[a-z_]*')
	if ((${#programs[@]} == 0)); then
		count "no fuzz target is built" failed
		return
	fi
	if build "build the fuzz targets" fuzz "${programs[@]}"; then
		say "fuzzing"
		if (($# == 0)); then
			set -- "${programs[@]##*/fuzz_}"
		fi
		fuzz "$@"
	fi
}

# What several threads share, built with the sanitizer that watches them.
run_threads() {
	local program programs=(
		tests/unit/mqtt/test_mqtt_mailbox
		tests/unit/gateway/test_gateway_store
		tests/unit/gateway/test_gateway_loop
	)

	prepare threads gcc -Db_sanitize=thread -Db_lundef=false || return 0
	build "build with the thread sanitizer" threads "${programs[@]}" ||
		return 0
	for program in "${programs[@]}"; do
		try "${program##*/} with the thread sanitizer" \
			env TSAN_OPTIONS=halt_on_error=1 \
			"$root/build/threads/$program" || true
	done
}

# One pair of bindings, with many random primitives.
matrix_pair() {
	env MATRIX_RANDOM="$MATRIX_RANDOM" timeout "$PAIR_SECONDS" \
		"$root/build/test/tests/contract/test_matrix" "$1" "$2" random
}

run_matrix_long() {
	local left right

	say "$MATRIX_RANDOM random primitives a pair"
	for left in http ws coap mqtt; do
		for right in http ws coap mqtt; do
			echo "$left to $right"
			try "matrix-long-$left-$right" \
				matrix_pair "$left" "$right" || true
		done
	done
}

# What was counted in there counts here.
run_debian13() {
	local counted=$root/build/debian13/counted status=0

	say "in a Debian 13"
	rm -f "$counted"
	"$here/debian13.sh" || status=$?
	if [[ -e $counted ]]; then
		sed 's/^[a-z]* /&debian13: /' "$counted" >>"$results/counted"
	fi
	if ((status)); then
		count "debian13: it ended with $status" failed
	fi
}

run_suite() {
	case $1 in
	matrix-long) run_matrix_long ;;
	debian13) run_debian13 ;;
	clang) run_clang ;;
	threads) run_threads ;;
	unit | contract | style)
		say "$1"
		run_meson "$1" --suite "$1"
		;;
	stories)
		say "stories"
		run_pytest support -q support
		run_stories stories stories
		;;
	interop)
		say "interop"
		run_pytest interop -q -n 2 --dist loadfile -m 'not heavy' interop
		run_pytest interop-heavy -q -m heavy interop
		;;
	fuzz) run_fuzz ;;
	sockets)
		say "fuzzing the whole gateway"
		run_pytest sockets -q -n 4 fuzz/sockets
		;;
	esac
}

# --- What the names mean.

pytest_file() {
	local folder
	for folder in stories interop support; do
		if [[ -e $here/$folder/test_${1#test_}.py ]]; then
			echo "$folder/test_${1#test_}.py"
			return
		fi
	done
	return 1
}

# suite_of FILE: tests of what supports the stories need what those need.
suite_of() {
	case $1 in
	interop/*) echo interop ;;
	fuzz/*) echo sockets ;;
	*) echo stories ;;
	esac
}

# suite_of_program NAME: by its name, because before meson is there it cannot be
# asked.
suite_of_program() {
	case $1 in
	contract-* | matrix-*) echo contract ;;
	tidy/* | analyzer/* | headers | rooms | layers | core) echo style ;;
	links | sizes | words | format | shell | spelling) echo style ;;
	*) echo unit ;;
	esac
}

choose() {
	local name=$1 file

	if [[ " ${SUITES[*]} ${LONG[*]} " == *" $name "* ]]; then
		suites+=("$name")
	elif file=$(pytest_file "$name"); then
		pytest_args+=("$file")
		needed_suites+=("$(suite_of "$file")")
	elif [[ -e $here/fuzz/fuzz_${name#fuzz_}.c ]]; then
		fuzz_names+=("${name#fuzz_}")
		needed_suites+=(fuzz)
	elif file=$(grep -rlE "^def $name\(" "$here" --include='test_*.py'); then
		file=${file#"$here/"}
		pytest_args+=("$file::$name")
		needed_suites+=("$(suite_of "$file")")
	else
		meson_names+=("$name")
		needed_suites+=("$(suite_of_program "$name")")
	fi
}

choose_all() {
	local is_quick=false name

	while (($#)); do
		case $1 in
		--quick) is_quick=true ;;
		-h | --help)
			usage
			exit 0
			;;
		-*)
			usage >&2
			exit 2
			;;
		*) choose "$1" ;;
		esac
		shift
	done
	name="${suites[*]}${meson_names[*]}${pytest_args[*]}${fuzz_names[*]}"
	if [[ -n $name ]]; then
		return
	elif $is_quick; then
		suites=("${QUICK[@]}")
	else
		suites=("${SUITES[@]}")
	fi
}

# Meson runs nothing, and says so, when a name is none of its tests.
run_chosen() {
	local name known

	if ((${#meson_names[@]})); then
		known=$(meson test -C "$root/build/test" --list 2>/dev/null)
		for name in "${meson_names[@]}"; do
			grep -qE "(^|[ /:])$name\$" <<<"$known" ||
				die "$name is no test; see tests/run.sh --help"
		done
		run_meson named "${meson_names[@]}"
	fi
	if ((${#pytest_args[@]})); then
		run_pytest named -v "${pytest_args[@]}"
	fi
	if ((${#fuzz_names[@]})); then
		run_fuzz "${fuzz_names[@]}"
	fi
}

finish() {
	local n_passed n_failed

	n_passed=$(grep -c '^passed' "$results/counted" || true)
	n_failed=$(grep -c '^failed' "$results/counted" || true)
	if ((n_passed + n_failed == 0)); then
		echo "nothing ran" >&2
		n_failed=1
	fi
	if ((n_failed)); then
		printf '\nfailed:\n'
		sed -n 's/^failed /  /p' "$results/counted"
	fi
	printf '\n%s' "${took[@]}"
	printf '\n==== %d passed, %d failed in %d s ====\n' \
		"$n_passed" "$n_failed" $((SECONDS - began))
	printf '%d passed, %d failed\n' "$n_passed" "$n_failed"
	((n_failed == 0))
}

main() {
	local suite from

	choose_all "$@"
	export CCACHE_DISABLE=1 M2MGATE=$root/build/test/m2mgate
	export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	mkdir -p "$results"
	: >"$results/counted"
	log=$results/install.log
	: >"$log"
	install_packages
	if chosen stories interop sockets; then
		install_python
	fi
	unset http_proxy https_proxy all_proxy # only installing may leave here
	if needs_build_test; then
		# Without it nothing else can be believed.
		build_test || finish || exit 1
	fi
	for suite in "${suites[@]}"; do
		from=$SECONDS
		run_suite "$suite"
		took+=("$suite $((SECONDS - from)) s")
	done
	run_chosen
	finish
}

main "$@"

#!/bin/sh
# Fail when clang-format would write a C file differently: format.sh ROOT
set -eu
cd "$1"
git ls-files -co --exclude-standard -- '*.c' '*.h' | while read -r file; do
	if [ -e "$file" ]; then
		echo "$file"
	fi
done | xargs clang-format-14 --dry-run -Werror --style=file

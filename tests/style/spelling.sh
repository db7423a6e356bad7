#!/bin/sh
# Fail when a word is misspelled: spelling.sh ROOT
#
# spelling.txt names the words of ours that codespell takes for mistakes.
set -eu
cd "$1"
git ls-files -co --exclude-standard -- . ':!tests/fuzz/corpus' |
	while read -r file; do
		if [ -e "$file" ]; then
			echo "$file"
		fi
	done | xargs codespell --ignore-words tests/style/spelling.txt

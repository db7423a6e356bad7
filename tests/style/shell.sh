#!/bin/sh
# Fail when shellcheck finds something in a shell script: shell.sh ROOT
set -eu
cd "$1"
git ls-files -co --exclude-standard | while read -r file; do
	if [ -f "$file" ] && head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh$'
	then
		echo "$file"
	fi
done | xargs shellcheck -x

#!/usr/bin/env bash
# Format, layers and style; clang-tidy over what changed since main's parent, or with --all over everything.
# --quick leaves clang-tidy out: it costs minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=${1:-}

git ls-files -z 'src/*.cpp' 'src/*.hpp' 'fuzz/*.cpp' 'bench/*.cpp' |
  xargs -0 clang-format-19 --dry-run --Werror
(cd tools && python3 -B -m unittest -q style_test)
python3 -B tools/style.py

[ "$mode" = --quick ] && exit 0
database=build/release
[ -f "$database/compile_commands.json" ] || cmake --preset release >/dev/null
if [ "$mode" = --all ]; then
  mapfile -t files < <(git ls-files 'src/*.cpp')
else
  mapfile -t files < <({ git diff --name-only HEAD~1; git diff --name-only; } | grep -E '^src/.*\.cpp$' | sort -u)
fi
[ ${#files[@]} -eq 0 ] && exit 0
printf '%s\n' "${files[@]}" | xargs -P 2 -n 4 clang-tidy-19 --quiet -p "$database"

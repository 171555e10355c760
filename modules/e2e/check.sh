# Sourced by check-affinity and check-changes: builds what is not built, and runs the class $main with
# the script's arguments.
set -euo pipefail
name=$(basename "$0")
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)

case " $* " in
  *" --help "* | *" -h "*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
esac

dist=$home/modules/node/target/dist
# shellcheck source=modules/node/src/main/dist/launch.sh
. "$home/modules/node/src/main/dist/launch.sh"

build() {
  local built=$here/target/test-classpath
  if [ -f "$built" ] && [ -z "$(find "$home"/pom.xml "$home"/modules/*/pom.xml "$home"/modules/*/src/main "$here/src" \
      -newer "$built" -print -quit)" ]; then
    return
  fi
  echo "$name: building, which takes some minutes the first time" >&2
  mkdir -p "$home/var"
  if ! (cd "$home" && mvn -B -q -DskipTests package -pl modules/e2e -am) >"$home/var/build.log" 2>&1; then
    tail -n 30 "$home/var/build.log" >&2
    echo "$name: the build failed; all of it is in var/build.log" >&2
    exit 1
  fi
  touch "$built" # an unchanged one is not written again
}

# Prints the folder of a version: the one that is named, or the one of a commit, which is built for it.
# It stays where it is built, for its start-up cache fits there only.
version() {
  local commit tree
  if [ -d "$1/lib" ]; then (cd "$1" && pwd); return; fi
  commit=$(git -C "$home" rev-parse --short --verify --quiet "$1^{commit}") || {
    echo "$name: --from: \"$1\" is neither a commit nor a folder with lib in it" >&2
    exit 2
  }
  tree=$home/var/versions/$commit
  if [ ! -f "$tree/modules/node/target/dist/limpet.aot" ]; then
    echo "$name: building $commit in var/versions, which takes some minutes" >&2
    [ -d "$tree" ] || git -C "$home" worktree add --quiet --detach "$tree" "$commit"
    if ! (cd "$tree" && mvn -B -q -DskipTests package -pl modules/node -am) >"$tree.log" 2>&1; then
      tail -n 30 "$tree.log" >&2
      exit 1
    fi
  fi
  echo "$tree/modules/node/target/dist"
}

# A file is meant from where the caller stands, and the program runs in the module.
arguments=()
while [ $# -gt 0 ]; do
  if [ "$1" = --json ] && [ $# -gt 1 ]; then
    case $2 in /*) arguments+=(--json "$2") ;; *) arguments+=(--json "$PWD/$2") ;; esac
    shift 2
  elif [ "$1" = --from ] && [ $# -gt 1 ]; then
    from=$(version "$2")
    arguments+=(--from "$from")
    shift 2
  else
    arguments+=("$1")
    shift
  fi
done

java=$(find_java)
build
cd "$here"
exec "$java" -cp "target/test-classes:$(cat target/test-classpath)" "$main" \
  ${arguments[@]+"${arguments[@]}"}

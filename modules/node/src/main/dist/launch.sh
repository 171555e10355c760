# How Limpet is started, for the scripts that do: where Java is, and with what it runs. They set dist, the
# folder of jars and the rest, and home, the folder of examples.

java_version() { "$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p'; }

# Prints the path of a Java that will do. Where a runtime is part of the package, it is that one.
find_java() {
  if [ -x "$dist/runtime/bin/java" ]; then
    echo "$dist/runtime/bin/java"
    return
  fi
  for candidate in "${LIMPET_JAVA_HOME:+$LIMPET_JAVA_HOME/bin/java}" "${JAVA_HOME:+$JAVA_HOME/bin/java}" \
      "$(command -v java || true)" /usr/lib/jvm/*/bin/java /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java \
      ${HOME:+"$HOME"/.sdkman/candidates/java/*/bin/java "$HOME"/.jdks/*/bin/java}; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    version=$(java_version "$candidate")
    if [ "${version%%.*}" -ge 25 ] 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "limpet: no Java 25 or later found; install one (for example Eclipse Temurin 25) or set LIMPET_JAVA_HOME" >&2
  return 1
}

# The arguments are the words after "limpet".
launch() {
  # All but a real node lives for seconds, or shares this machine with five others: start-up counts.
  [ "${1:-}" = run ] || LIMPET_JAVA_OPTS="-XX:TieredStopAtLevel=1 ${LIMPET_JAVA_OPTS:-}"
  # shellcheck disable=SC2086  # LIMPET_JAVA_OPTS holds several words
  exec "$java" "@$dist/jvm.options" "-XX:AOTCache=$dist/limpet.aot" "-Dlimpet.home=$home" \
    "-Djava.library.path=$dist/native" "-Dorg.sqlite.lib.path=$dist/native" ${LIMPET_JAVA_OPTS:-} \
    -cp "$dist/lib/limpet.jar" dev.limpet.node.Main "$@"
}
